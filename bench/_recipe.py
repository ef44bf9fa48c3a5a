"""The usual pandas recipe for the same features: the peer of `bench/features.py`, no bench by itself.

Per table and group of rows: one-hot shares and min, max, mean, sum, var by applicant, joined left; as the public
notebooks for this data do it, in the order in which they do it, float64 and object columns as `read_csv` gives them.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from credit_scoring.features import bureau
from credit_scoring.features.assemble import side_tables
from credit_scoring.features.formula import Formula
from credit_scoring.features.row_ratios import available
from credit_scoring.features.side_table import KEY, Group, SideTable
from credit_scoring.tables.contract import Table, contracts


def build(folder: Path) -> pd.DataFrame:
    """The feature table (applicants × features), from the CSV files in `folder`."""
    table = _read(folder, contracts()["application"])
    present = [name for name, contract in contracts().items() if (folder / f"{contract.file}.csv").exists()]
    for side in side_tables(present):
        rows = _rows(folder, side)
        for group in side.groups:
            table = table.join(_aggregated(rows, side, group), on=KEY, how="left")
    ratios = {ratio.name: _value(ratio.formula, table) for ratio in available(table.columns)}
    return pd.concat([table, pd.DataFrame(ratios)], axis=1)


def _read(folder: Path, contract: Table) -> pd.DataFrame:
    frame = pd.read_csv(folder / f"{contract.file}.csv")
    for column in contract.columns:
        if column.sentinel is not None:
            frame[column.name] = frame[column.name].replace(column.sentinel, np.nan)
        if column.missing:
            frame[column.name] = frame[column.name].replace(list(column.missing), np.nan)
    return frame


def _rows(folder: Path, side: SideTable) -> pd.DataFrame:
    rows = _read(folder, side.contract)
    if side.extra:
        rows = rows.join(_balance(_read(folder, contracts()["bureau_balance"])), on=bureau.CREDIT, how="left")
    for derived in side.derived:
        rows[derived.alias] = _value(derived.formula, rows)
    return rows


def _balance(balance: pd.DataFrame) -> pd.DataFrame:
    status = pd.to_numeric(balance["STATUS"], errors="coerce")
    late = (status > 0).astype(float).where(status.notna())
    balance = balance.assign(
        balance_past_due=late,
        balance_past_due_last_year=late.where(balance["MONTHS_BALANCE"] >= bureau.LAST_YEAR),
        balance_worst=status,
        balance_closed=balance["STATUS"].eq("C").astype(float),
    )
    how = {
        "balance_past_due": "mean",
        "balance_past_due_last_year": "mean",
        "balance_worst": "max",
        "balance_closed": "mean",
    }
    found = balance.groupby(bureau.CREDIT).agg(how)
    found["balance_months"] = balance.groupby(bureau.CREDIT).size()
    return found


def _aggregated(rows: pd.DataFrame, side: SideTable, group: Group) -> pd.DataFrame:
    prefix = f"{side.prefix}_{group.name}".rstrip("_")
    chosen = rows[_mask(rows, group)]
    numbers = [column.name for column in side.numbers(group)]
    grouped = chosen.groupby(KEY)
    found = grouped[numbers].agg(list(group.statistics))
    aliases = {column.name: column.alias for column in side.numbers(group)}
    found.columns = [f"{prefix}_{aliases[name]}_{statistic}" for name, statistic in found.columns]
    found[f"{prefix}_count"] = grouped.size()
    categories = [column.name for column in side.categories(group)]
    if not categories:
        return found
    shares = pd.get_dummies(chosen[[KEY, *categories]], columns=categories).groupby(KEY).mean()
    return found.join(shares.add_prefix(f"{prefix}_"))


def _mask(rows: pd.DataFrame, group: Group) -> pd.Series:
    if group.column is None:
        return pd.Series(data=True, index=rows.index)
    if group.level is not None:
        return rows[group.column] == group.level
    if group.last is not None:
        return rows.groupby(KEY)[group.column].rank(method="min", ascending=False) <= group.last
    return rows[group.column] >= group.at_least


ON_SERIES = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "×": lambda a, b: a * b,
    "/": lambda a, b: a / b.replace(0, np.nan),
    "known": lambda a: a.notna().astype(float),
    "positive part": lambda a: a.clip(lower=0),
    "is positive": lambda a: (a > 0).astype(float).where(a.notna()),
    "largest": lambda *parts: pd.concat(parts, axis=1).max(axis=1),
    "smallest": lambda *parts: pd.concat(parts, axis=1).min(axis=1),
    "sum": lambda *parts: pd.concat(parts, axis=1).sum(axis=1),
    "mean": lambda *parts: pd.concat(parts, axis=1).mean(axis=1),
}


def _value(formula: Formula, rows: pd.DataFrame) -> pd.Series:
    if formula.operator == "column":
        return rows[formula.arguments[0]].astype(float)
    if formula.operator == "number":
        return pd.Series(formula.arguments[0], index=rows.index)
    return ON_SERIES[formula.operator](*(_value(part, rows) for part in formula.arguments))
