"""The results of the threshold study on screen."""

from typing import Any

from rich.console import Console
from rich.table import Table

from credit_scoring.estimator.threshold_choice import calibration_warning
from credit_scoring.laboratory.threshold.threshold_results import ThresholdResults
from credit_scoring.report_table import ReportTable

USE_THEORETICAL = (
    "The difference is within chance: refuse from the theoretical threshold. The cheapest cut "
    "follows the noise of these applicants and costs more on others."
)
RATIO_HEADERS = (
    "C_FN : C_FP",
    "threshold",
    "95 % interval",
    "theoretical",
    "refused",
    "cost per applicant",
)


def print_threshold_report(results: ThresholdResults, console: Console) -> None:
    """Print the optimum, the optima of other cost ratios, and the profit per loan."""
    optimum = results.optimum
    data = results.facts["data"]
    console.print(
        f"{data['applicants']:,} applicants, {data['defaults']:,} in default; "
        f"predictions: {results.facts['predictions']}.",
        markup=False,
    )
    console.print(
        f"The cheapest cut is {optimum['value']:.4f} ({optimum['low']:.4f} to "
        f"{optimum['high']:.4f}); the theoretical threshold is {optimum['theoretical']:.4f}. "
        "Cost per applicant "
        f"{optimum['cost_per_applicant']:.4f}, at the theoretical threshold "
        f"{optimum['cost_at_theoretical']:.4f}."
    )
    warning = calibration_warning(optimum["theoretical"], optimum["value"], optimum)
    advice = f"Warning: {warning}." if warning else USE_THEORETICAL
    console.print(advice, style="yellow" if warning else None, markup=False)
    console.print(_cost_ratio_table(results.cost_ratios))
    profit = results.maximum_profit
    console.print(
        f"Expected maximum profit over accepting all: {profit['profit']:.4f} of the amount lent, "
        f"by refusing {profit['refused_share']:.1%} (return {profit['roi']:.4f})."
    )
    if results.per_loan is not None:
        console.print(_profit_table(results.per_loan))


def _cost_ratio_table(cost_ratios: list[dict[str, float]]) -> Table:
    table = ReportTable("Optimal thresholds of other cost ratios")
    for name in RATIO_HEADERS:
        table.add_column(name, justify="right")
    for ratio in cost_ratios:
        table.add_row(
            f"{ratio['ratio']:g} : 1",
            f"{ratio['value']:.4f}",
            f"{ratio['low']:.4f} to {ratio['high']:.4f}",
            f"{ratio['theoretical']:.4f}",
            f"{ratio['refused_share']:.1%}",
            f"{ratio['cost_per_applicant']:.4f}",
        )
    return table


def _profit_table(per_loan: dict[str, Any]) -> Table:
    best = per_loan["best_threshold"]
    loan_by_loan = per_loan["loan_by_loan"]
    best_rule = f"refuse from {best['value']:.4f} ({best['low']:.4f} to {best['high']:.4f})"
    loan_rule = f"each loan by its own costs (savings {loan_by_loan['savings']:.1%})"
    profit_by_rule = {
        "accept all": per_loan["accept_all"],
        "the threshold above": per_loan["at_the_threshold_above"],
        best_rule: best["profit"],
        loan_rule: loan_by_loan["profit"],
    }
    title = f"Profit per applicant (LGD {per_loan['lgd']}, margin {per_loan['margin']})"
    table = ReportTable(title, "rule")
    table.add_column("profit", justify="right")
    for rule, profit in profit_by_rule.items():
        table.add_row(rule, f"{profit:,.0f}")
    return table
