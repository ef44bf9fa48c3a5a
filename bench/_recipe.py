"""The usual pandas recipe for the same features: the peer of `bench/features.py`, no bench by itself.

In the way of the public notebooks for this data, call by call: a table's text columns one-hot encoded, `agg` with
min, max, mean, sum and var of the numbers and the mean of the one-hot columns by applicant, the rows of a group
chosen from the encoded table, every result joined left. float64 and text columns as `read_csv` gives them.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from credit_scoring.contracts.contract import Table, contracts
from credit_scoring.features.assemble import side_tables
from credit_scoring.features.definitions import bureau
from credit_scoring.features.definitions.row_ratios import available
from credit_scoring.features.definitions.side_table import KEY, Group, SideTable
from credit_scoring.features.formula.tree import Formula


def build(folder: Path) -> pd.DataFrame:
    """The feature table (applicants × features), from the CSV files in `folder`."""
    table = _read(folder, contracts()["application"])
    present = [
        name for name, contract in contracts().items() if (folder / f"{contract.file}.csv").exists()
    ]
    for side in side_tables(present):
        rows = _rows(folder, side)
        encoded = pd.get_dummies(rows, columns=[column.name for column in side.contract.categories])
        for group in side.groups:
            table = table.join(
                _aggregated(encoded[_mask(rows, group)], side, group), on=KEY, how="left"
            )
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
        rows = rows.join(
            _balance(_read(folder, contracts()["bureau_balance"])), on=bureau.CREDIT, how="left"
        )
    for derived in side.derived:
        rows[derived.alias] = _value(derived.formula, rows)
    return rows


def _balance(balance: pd.DataFrame) -> pd.DataFrame:
    balance["severity"] = pd.to_numeric(balance["STATUS"], errors="coerce")
    balance["late"] = (balance["severity"] > 0).astype(float).where(balance["severity"].notna())
    balance["late_last_year"] = balance["late"].where(balance["MONTHS_BALANCE"] >= bureau.LAST_YEAR)
    encoded = pd.get_dummies(balance, columns=["STATUS"])
    how = {
        "late": "mean",
        "late_last_year": "mean",
        "severity": "max",
        "STATUS_C": "mean",
        "MONTHS_BALANCE": "size",
    }
    found = encoded.groupby(bureau.CREDIT).agg(how)
    found.columns = [
        "balance_past_due", "balance_past_due_last_year", "balance_worst", "balance_closed", "balance_months",
    ]  # fmt: skip
    return found


def _aggregated(chosen: pd.DataFrame, side: SideTable, group: Group) -> pd.DataFrame:
    prefix = f"{side.prefix}_{group.name}".rstrip("_")
    shares = tuple(f"{column.name}_" for column in side.categories(group))
    how = {column.name: list(group.statistics) for column in side.numbers(group)}
    how |= {name: ["mean"] for name in chosen.columns if name.startswith(shares)} if shares else {}
    found = chosen.groupby(KEY).agg(how)
    aliases = {column.name: column.alias for column in side.numbers(group)}
    found.columns = [
        f"{prefix}_{aliases.get(name, name)}_{statistic}" for name, statistic in found.columns
    ]
    found[f"{prefix}_count"] = chosen.groupby(KEY).size()
    return found


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
