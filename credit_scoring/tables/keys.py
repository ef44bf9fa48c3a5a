"""Checks of keys: rows that repeat a key, and orphans (rows whose parent row is missing)."""

from collections.abc import Iterator
from functools import reduce

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit_scoring.contracts.contract import Join, Table
from credit_scoring.tables.table_errors import TableProblem, count_phrase

KEYS_PER_PASS = 1 << 25  # sorted together, 256 MB
KEY_BITS = 32  # of a key column: two of them fit in a 64-bit integer


def duplicate_key_problems(frame: pl.LazyFrame, table: Table, file: str) -> list[TableProblem]:
    """One problem that counts the rows with the key of an earlier row; none if keys are unique."""
    if not table.unique or not set(table.unique) <= set(frame.collect_schema().names()):
        return []
    repeated = np.concatenate(list(_repeated_keys(frame, table)))
    if not len(repeated):
        return []
    count = count_phrase(
        len(repeated), "row repeats the key of another", "rows repeat the key of another"
    )
    values = zip(table.unique, _unpacked_key(table, int(repeated.min())), strict=True)
    example = " and ".join(f"{name} {value}" for name, value in values)
    remedy = "expected one row per key: leave out the copies"
    return [TableProblem(file, f"{count}, such as {example}", remedy, " and ".join(table.unique))]


def _repeated_keys(frame: pl.LazyFrame, table: Table) -> Iterator[NDArray[np.int64]]:
    """The keys that an earlier row has, found in passes of about KEYS_PER_PASS keys each."""
    rows = frame.select(pl.len()).collect(engine="streaming").item()
    passes = max(1, -(-rows // KEYS_PER_PASS))
    packed = _packed_key(table).alias("key")
    for number in range(passes):
        of_pass = frame.filter(pl.col(table.unique[0]) % passes == number)
        keys = of_pass.select(packed).drop_nulls().collect(engine="streaming")
        sorted_keys = np.sort(keys["key"].to_numpy())  # three times as fast as Polars
        yield sorted_keys[1:][sorted_keys[1:] == sorted_keys[:-1]]


def repeated_rows(keys: pl.LazyFrame, row_number: str) -> pl.DataFrame:
    """The rows with the key of an earlier row, whose number is `first`; sorted by row.

    `keys` has the columns of a key and the numbers of the rows.
    """
    names = [name for name in keys.collect_schema().names() if name != row_number]
    known = keys.drop_nulls(names)
    firsts = known.group_by(names).agg(pl.col(row_number).min().alias("first"), pl.len())
    repeated = known.join(firsts.filter(pl.col("len") > 1), on=names)
    return (
        repeated.filter(pl.col(row_number) > pl.col("first"))
        .select(row_number, "first", *names)
        .collect(engine="streaming")
        .sort(row_number)
    )


def _packed_key(table: Table) -> pl.Expr:
    columns = [pl.col(name).cast(pl.Int64) for name in table.unique]
    return reduce(lambda high, low: high * 2**KEY_BITS + low, columns)


def _unpacked_key(table: Table, key: int) -> tuple[int, ...]:
    if len(table.unique) == 1:
        return (key,)
    half = 2 ** (KEY_BITS - 1)
    low = (key + half) % 2**KEY_BITS - half
    return (key - low) >> KEY_BITS, low


def count_orphans(frame: pl.LazyFrame, parents: pl.LazyFrame, key: str) -> tuple[int, int | None]:
    """The number of rows whose key no row of `parents` has, and the first such key."""
    orphans = frame.select(key).drop_nulls().join(parents.select(key), on=key, how="anti")
    summary = orphans.select(pl.len(), pl.col(key).first())
    count, example = summary.collect(engine="streaming").row(0)
    return count, example


def orphan_problem(
    count: int, example: int | None, join: Join, parents: str, file: str
) -> TableProblem:
    """The problem of `count` rows of `file` without a parent in the files `parents`."""
    belong = count_phrase(count, "row belongs", "rows belong")
    return TableProblem(
        file,
        f"{belong} to no row of {parents}, such as {join.on} {example}",
        "leave those rows out, or add the rows they belong to",
        join.on,
    )
