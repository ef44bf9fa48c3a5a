"""What there is to say of thresholds, for people."""

from rich.console import Console
from rich.table import Table

from credit_scoring.laboratory.threshold.optimise_threshold import Found


def show(found: Found, console: Console) -> None:
    """Print the optimum, what other cost ratios would choose, and what the loans would earn."""
    optimum, data = found.optimum, found.facts["data"]
    console.print(f"{data['applicants']:,} applicants, {data['defaults']:,} in default; predictions: "
                  f"{found.facts['predictions']}.", markup=False)  # fmt: skip
    console.print(
        f"Refuse from {optimum['value']:.4f} on ({optimum['low']:.4f} to {optimum['high']:.4f}); in theory "
        f"{optimum['theoretical']:.4f}. Cost per applicant {optimum['cost_per_applicant']:.4f}, at the theoretical "
        f"threshold {optimum['cost_at_theoretical']:.4f}."
    )
    if not optimum["low"] <= optimum["theoretical"] <= optimum["high"]:
        console.print(
            "The interval leaves out the theoretical threshold: look at the calibration.",
            style="yellow",
        )
    console.print(_ratios(found))
    profit = found.maximum_profit
    console.print(f"Expected maximum profit over accepting all: {profit['profit']:.4f} of the amount lent, by refusing "
                  f"{profit['refused_share']:.1%} (return {profit['roi']:.4f}).")  # fmt: skip
    if found.loans is not None:
        _show_loans(found.loans, console)


def _ratios(found: Found) -> Table:
    table = Table(title="What other cost ratios would choose", title_justify="left")
    for name in (
        "C_FN : C_FP",
        "threshold",
        "95 % interval",
        "in theory",
        "refused",
        "cost per applicant",
    ):
        table.add_column(name, justify="right")
    for row in found.ratios:
        table.add_row(
            f"{row['ratio']:g} : 1", f"{row['value']:.4f}", f"{row['low']:.4f} to {row['high']:.4f}",
            f"{row['theoretical']:.4f}", f"{row['refused_share']:.1%}", f"{row['cost_per_applicant']:.4f}",
        )  # fmt: skip
    return table


def _show_loans(loans: dict[str, object], console: Console) -> None:
    best, each = loans["best_threshold"], loans["loan_by_loan"]
    table = Table(
        title=f"Profit per applicant (LGD {loans['lgd']}, margin {loans['margin']})",
        title_justify="left",
    )
    table.add_column("rule")
    table.add_column("profit", justify="right")
    rows = {
        "accept all": loans["accept_all"],
        "the threshold above": loans["at_the_threshold_above"],
        f"refuse from {best['value']:.4f} ({best['low']:.4f} to {best['high']:.4f})": best[
            "profit"
        ],  # type: ignore[index]
        f"each loan by its own costs (savings {each['savings']:.1%})": each["profit"],  # type: ignore[index]
    }
    for rule, profit in rows.items():
        table.add_row(rule, f"{profit:,.0f}")
    console.print(table)
