"""Keys: a row that repeats one, a row of history that belongs to nobody."""

from functools import reduce

import polars as pl

from credit_scoring.contracts.contract import Table
from credit_scoring.tables.table_errors import Problem, counted

BITS = 32  # a key column is a 32-bit integer: two of them make one of 64


def duplicates(frame: pl.LazyFrame, table: Table, file: str) -> list[Problem]:
    """The rows whose key stands in an earlier row, as one problem; none where the contract asks for no key."""
    if not table.unique or not set(table.unique) <= set(frame.collect_schema().names()):
        return []
    keys = (
        frame.select(_combined(table).alias("key"))
        .drop_nulls()
        .collect(engine="streaming")["key"]
        .sort()
    )
    repeated = keys.filter(keys == keys.shift(1))
    if repeated.is_empty():
        return []
    example = " and ".join(f"{name} {value}" for name, value in _parts(table, repeated[0]).items())
    found = counted(
        len(repeated), "row repeats the key of another", "rows repeat the key of another"
    )
    return [Problem(file, f"{found}, such as {example}", "expected one row per key: leave out the copies",
                    " and ".join(table.unique))]  # fmt: skip


def _combined(table: Table) -> pl.Expr:
    columns = [pl.col(name).cast(pl.Int64) for name in table.unique]
    return reduce(lambda high, low: high * 2**BITS + low, columns)


def _parts(table: Table, key: int) -> dict[str, int]:
    """The key columns' values again."""
    if len(table.unique) == 1:
        return {table.unique[0]: key}
    low = (key + 2 ** (BITS - 1)) % 2**BITS - 2 ** (BITS - 1)
    return dict(zip(table.unique, ((key - low) >> BITS, low), strict=True))


def orphans(frame: pl.LazyFrame, parents: pl.LazyFrame, key: str) -> tuple[int, int | None]:
    """How many rows have a key that no row of `parents` has, and the first such key."""
    found = frame.select(key).drop_nulls().join(parents.select(key), on=key, how="anti")
    count, example = found.select(pl.len(), pl.col(key).first()).collect(engine="streaming").row(0)
    return count, example


def orphan_problem(
    count: int, example: int | None, table: Table, parents: str, file: str
) -> Problem:
    """What to say of rows that belong to nobody."""
    join = table.join
    assert join is not None  # noqa: S101  only a joined table has orphans
    found = counted(count, "row belongs", "rows belong")
    return Problem(
        file,
        f"{found} to no row of {parents}, such as {join.on} {example}",
        "leave those rows out, or add the rows they belong to",
        join.on,
    )
