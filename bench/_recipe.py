"""The usual pandas recipe for the same features: the baseline of `bench/features.py`.

Written like the public notebooks for this data: a table's text columns one-hot encoded, `agg` with
min, max, mean, sum and var of the numbers and the mean of the one-hot columns per applicant, the
rows of a group selected from the encoded table, every result joined left. float64 and text columns
as `read_csv` returns them.
"""

import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from credit_scoring.contracts.column_check import sentinels
from credit_scoring.contracts.contract import Table, contracts
from credit_scoring.features.catalogue import side_tables
from credit_scoring.features.definitions.row_ratios import available_ratios
from credit_scoring.features.definitions.side_table import APPLICANT_KEY, RowGroup, SideTable
from credit_scoring.features.engines.side_table_rows import CREDIT_KEY, LAST_YEAR
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
            features = _aggregate(encoded[_is_member(rows, group)], side, group)
            table = table.join(features, on=APPLICANT_KEY, how="left")
    ratios = {
        ratio.feature.name: _compute(ratio.formula, table)
        for ratio in available_ratios(table.columns)
    }
    return pd.concat([table, pd.DataFrame(ratios)], axis=1)


def _read(folder: Path, contract: Table) -> pd.DataFrame:
    frame = pd.read_csv(folder / f"{contract.file}.csv")
    for column in contract.columns:
        no_values = [*column.missing, *sentinels(column)]
        if no_values:
            frame[column.name] = frame[column.name].replace(no_values, np.nan)
    return frame


def _rows(folder: Path, side: SideTable) -> pd.DataFrame:
    rows = _read(folder, side.contract)
    if any(column.alias == "balance_months" for column in side.added):
        balance = _read(folder, contracts()["bureau_balance"])
        rows = rows.join(_balances_per_credit(balance), on=CREDIT_KEY, how="left")
    for alias, formula in side.formulas.items():
        rows[alias] = _compute(formula, rows)
    return rows


def _balances_per_credit(balance: pd.DataFrame) -> pd.DataFrame:
    balance["severity"] = pd.to_numeric(balance["STATUS"], errors="coerce")
    balance["late"] = (balance["severity"] > 0).astype(float).where(balance["severity"].notna())
    balance["late_last_year"] = balance["late"].where(balance["MONTHS_BALANCE"] >= LAST_YEAR)
    encoded = pd.get_dummies(balance, columns=["STATUS"])
    return encoded.groupby(CREDIT_KEY).agg(
        balance_past_due=("late", "mean"),
        balance_past_due_last_year=("late_last_year", "mean"),
        balance_worst=("severity", "max"),
        balance_closed=("STATUS_C", "mean"),
        balance_months=("MONTHS_BALANCE", "size"),
    )


def _aggregate(rows: pd.DataFrame, side: SideTable, group: RowGroup) -> pd.DataFrame:
    prefix = f"{side.prefix}_{group.name}".rstrip("_")
    shares = tuple(f"{column.name}_" for column in side.categories(group))
    aliases = {column.name: column.alias for column in side.numbers(group)}
    statistics = {name: list(group.statistics) for name in aliases}
    if shares:
        statistics |= {name: ["mean"] for name in rows.columns if name.startswith(shares)}
    features = rows.groupby(APPLICANT_KEY).agg(statistics)
    features.columns = pd.Index(
        [f"{prefix}_{aliases.get(pair[0], pair[0])}_{pair[1]}" for pair in features.columns]
    )
    features[f"{prefix}_count"] = rows.groupby(APPLICANT_KEY).size()
    return features


def _is_member(rows: pd.DataFrame, group: RowGroup) -> "pd.Series[bool]":
    if group.column is None:
        return pd.Series(data=True, index=rows.index)
    values = rows[group.column]
    if group.level is not None:
        return values == group.level
    if group.last is not None:
        recency = rows.groupby(APPLICANT_KEY)[group.column].rank(method="min", ascending=False)
        return recency <= group.last
    return values >= group.at_least


ON_SERIES: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "×": operator.mul,
    "/": lambda a, b: a / b.replace(0, np.nan),
    "known": lambda a: a.notna().astype(float),
    "positive part": lambda a: a.clip(lower=0),
    "is positive": lambda a: (a > 0).astype(float).where(a.notna()),
}
OVER_PARTS = {"largest": "max", "smallest": "min", "sum": "sum", "mean": "mean"}


def _compute(formula: Formula, rows: pd.DataFrame) -> Any:
    if formula.operator == "column":
        return rows[formula.arguments[0]].astype(float)
    if formula.operator == "number":
        return pd.Series(formula.arguments[0], index=rows.index)
    parts = [_compute(part, rows) for part in formula.arguments]
    if formula.operator in OVER_PARTS:
        return pd.concat(parts, axis=1).agg(OVER_PARTS[formula.operator], axis=1)
    return ON_SERIES[formula.operator](*parts)
