"""The source tables without the applicants that have an invalid row, and the reasons."""

from collections.abc import Collection, Iterator
from pathlib import Path

import polars as pl

from credit_scoring.batch.rejections import Rejection
from credit_scoring.batch.validate_block import BlockValidator
from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.contracts.contract import Table
from credit_scoring.features.definitions.side_table import APPLICANT_KEY
from credit_scoring.features.engines.side_table_rows import CREDIT_KEY
from credit_scoring.features.feature import column_feature
from credit_scoring.tables.contract_checks import invalid_rows
from credit_scoring.tables.keys import repeated_rows
from credit_scoring.tables.open_table import text_scan
from credit_scoring.tables.read_tables import ReadOptions
from credit_scoring.tables.scan import ROW_NUMBER, TextScan
from credit_scoring.tables.table_errors import raise_problems
from credit_scoring.tables.table_set import APPLICATION, open_table_set

Frames = dict[str, pl.LazyFrame]


def read_valid_tables(data: Path, options: ReadOptions) -> tuple[Frames, list[Rejection]]:
    """The tables at `data` by name with the applicants of both application files, and rejections.

    An applicant with a row in any table that breaks its contract, or repeats a key, is left out,
    as POST /predict refuses raw records with such a row; of repeated applications the first counts.
    TableError if a file cannot be read at all.
    """
    tables = open_table_set(data, labelled=None, checked=True, **vars(options))
    raise_problems(data, [problem for problem in tables.problems if problem.column is None])
    frames = tables.frames
    rejected: list[Rejection] = []
    excluded: set[int] = set()
    for opened in tables.opened.values():
        if opened.problems:
            scan = text_scan(opened)
            invalid = [*_invalid(opened.table, scan, frames)]
            repeated = [*_repeated(opened.table, scan, frames)]
            decisive = invalid if opened.table.name == APPLICATION else invalid + repeated
            excluded |= {int(each.identifier) for each in decisive if each.identifier}
            file = opened.source.member or opened.source.path.name
            rejected += (each._replace(file=file) for each in invalid + repeated)
    if rejected:
        frames[APPLICATION] = _without(frames[APPLICATION], excluded)
    return frames, rejected


def _without(applications: pl.LazyFrame, excluded: Collection[int]) -> pl.LazyFrame:
    """The first application of each applicant who is not excluded."""
    key = pl.col(APPLICANT_KEY)
    kept = applications.filter(key.is_not_null() & ~key.is_in([*excluded]))
    return kept.unique(subset=APPLICANT_KEY, keep="first", maintain_order=True)


def _invalid(table: Table, scan: TextScan, frames: Frames) -> Iterator[Rejection]:
    """The reasons against the rows with a value that breaks the contract."""
    rows = invalid_rows(scan).collect(engine="streaming")
    validator = BlockValidator(_record_features(scan), decimal_comma=scan.decimal_comma)
    numbers, owners = rows[ROW_NUMBER].cast(pl.Int64), _owners(rows, table, scan, frames)
    yield from validator.validate(rows, numbers, owners).rejected


def _record_features(scan: TextScan) -> list[ModelFeature]:
    """The columns of the table as features of a request; a missing key is an error."""
    return [
        ModelFeature(column_feature(column, ""), "input", nullable=column.nullable)
        for column in scan.columns
        if column.is_recorded
    ]


def _repeated(table: Table, scan: TextScan, frames: Frames) -> Iterator[Rejection]:
    """The reason against each row with the key of an earlier one."""
    present = {column.name for column in scan.columns}
    if not table.unique or not present.issuperset(table.unique):
        return
    keys = [scan.numbers(table[name]).cast(pl.Int64, strict=False) for name in table.unique]
    repeated = repeated_rows(scan.texts.select(ROW_NUMBER, *keys), ROW_NUMBER)
    numbers = repeated[ROW_NUMBER].implode()
    rows = scan.texts.filter(pl.col(ROW_NUMBER).is_in(numbers)).collect(engine="streaming")
    owners = _owners(rows, table, scan, frames)
    columns = " and ".join(table.unique)
    for (row, first, *values), owner in zip(repeated.rows(), owners, strict=True):
        reason = (
            f"{table.unique[0]} is {values[0]}: row {first} has the same {columns}, send it once"
        )
        yield Rejection(row, owner, table.unique[0], reason)


def _owners(rows: pl.DataFrame, table: Table, scan: TextScan, frames: Frames) -> pl.Series:
    """The applicants of the rows as text; null if a row has none."""
    key = APPLICANT_KEY if APPLICANT_KEY in rows.columns else CREDIT_KEY
    owners = rows.lazy().select(scan.numbers(table[key]).cast(pl.Int64, strict=False))
    if key == CREDIT_KEY:
        loans = frames["bureau"].select(pl.col(CREDIT_KEY, APPLICANT_KEY).cast(pl.Int64))
        loans = loans.unique(subset=CREDIT_KEY, keep="first", maintain_order=True)
        owners = owners.join(loans, on=CREDIT_KEY, how="left", maintain_order="left")
    return owners.collect()[APPLICANT_KEY].cast(pl.String)
