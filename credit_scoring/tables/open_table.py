"""One table's file opened: its lazy frame, or everything that is wrong with it."""

import csv
import io
import logging
from dataclasses import dataclass, field
from typing import IO

import polars as pl

from credit_scoring.contracts.contract import Table
from credit_scoring.suggestions import did_you_mean
from credit_scoring.tables.contract_checks import is_sound, value_problems
from credit_scoring.tables.csv_dialect import (
    SNIFFED,
    Header,
    NotTabularError,
    rewritten,
    short_end,
    sniff,
)
from credit_scoring.tables.keys import duplicates
from credit_scoring.tables.parquet_cache import Cache
from credit_scoring.tables.scan import Careful, known, quick
from credit_scoring.tables.source_files import DAMAGE, Source, damage
from credit_scoring.tables.table_errors import Problem, counted, listed

log = logging.getLogger(__name__)
TAIL = 1 << 16  # bytes
TOO_MANY = "more fields"  # in what Polars says of a row with too many values


@dataclass(frozen=True)
class How:
    """How tables are read: `cache` keeps them, `checked` holds every value to the contract before any is used."""

    cache: Cache | None = None
    checked: bool = False
    ignore_unknown: bool = False


@dataclass
class Opened:
    """A table's file, its frame where there is one, what is wrong, and whether it had to be read with care."""

    source: Source
    table: Table
    frame: pl.LazyFrame | None = None
    problems: list[Problem] = field(default_factory=list)
    mended: bool = False

    def blame(self, found: str, expected: str) -> None:
        """Add what is wrong with the file as a whole."""
        self.problems.append(Problem(self.source.name, found, expected))


def open_table(source: Source, table: Table, how: How, *, labelled: bool = True) -> Opened:
    """The table in `source`, without a target unless `labelled`; what is wrong is in `problems`, nothing is raised."""
    opened = Opened(source, table)
    try:
        header, blank_end = _header(opened)
        if _columns_fit(opened, header, how, labelled=labelled):
            _read(opened, header, how, carefully=blank_end)
        elif known(table, header):
            _read_carefully(opened, header, how)
    except NotTabularError as error:
        opened.blame(error.found, error.expected)
    except DAMAGE as error:
        opened.blame(*damage(error, source))
    if opened.frame is not None and not labelled:
        opened.frame = opened.frame.select(c.name for c in table.columns if c.use != "target")
    return opened


def _header(opened: Opened) -> tuple[Header, bool]:
    """The header, and whether the file ends in lines without a value."""
    source = opened.source
    if source.is_parquet:
        return Header(tuple(pl.scan_parquet(source.scannable()).collect_schema().names())), False
    header = sniff(source.head(SNIFFED), opened.table)
    tail = source.tail(TAIL) or b""
    if short_end(tail, header):
        opened.blame(
            "its last row is not whole, as where a copy was cut off", "copy or download it again"
        )
    return header, tail.endswith((b"\n\n", b"\n\r\n"))


def _columns_fit(opened: Opened, header: Header, how: How, *, labelled: bool) -> bool:
    """Whether every column is there; what is missing, unknown or doubled is noted."""
    table, names = opened.table, header.columns
    missing = [
        c.name for c in table.columns if c.name not in names and (labelled or c.use != "target")
    ]
    if len(missing) == len(table.columns) - (not labelled):
        opened.blame(
            f"it has the columns {listed(names)}, none of them known", f"expected {listed(missing)}"
        )
        return False
    unknown = [name for name in dict.fromkeys(names) if name not in table.by_name]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if missing:
        opened.blame(
            f"it lacks {listed(missing)}", "add the column, or leave out a side table's file"
        )
    if unknown and not how.ignore_unknown:
        hints = (f'"{name}"{did_you_mean(name.upper(), list(table.by_name))}' for name in unknown)
        remedy = "rename or remove it, or ignore it with --ignore-unknown-columns"
        opened.blame(
            f"it has the unknown {'columns' if len(unknown) > 1 else 'column'} {listed(hints)}",
            remedy,
        )
    if doubled:
        opened.blame(f"it has {listed(doubled)} more than once", "keep one of the columns")
    return not missing


def _read(opened: Opened, header: Header, how: How, *, carefully: bool) -> None:
    """The quick way, and where it fails the careful one."""
    if carefully:
        _read_carefully(opened, header, how)
        return
    try:
        frame = _kept(opened, header, how)
        sound = not how.checked or is_sound(frame, opened.table)
    except pl.exceptions.PolarsError as error:
        _read_carefully(opened, header, how, ragged=TOO_MANY in str(error))
        return
    if sound:
        opened.frame = frame
        opened.problems += (
            duplicates(frame, opened.table, opened.source.name) if how.checked else []
        )
    else:
        _read_carefully(opened, header, how)


def _kept(opened: Opened, header: Header, how: How) -> pl.LazyFrame:
    """The frame from the cache, or read quickly; a zip is read at once where it is not kept."""
    source, table, cache = opened.source, opened.table, how.cache
    is_file = source.member is None
    if cache is None or source.is_direct:
        frame = quick(source, table, header)
        return frame if is_file else frame.collect(engine="streaming").lazy()
    kept = cache.find(source, table)
    return _keep(opened, quick(source, table, header), cache) if kept is None else kept


def _keep(opened: Opened, frame: pl.LazyFrame, cache: Cache) -> pl.LazyFrame:
    kept = cache.keep(opened.source, opened.table, frame)
    if kept is not None:
        return kept
    return frame if opened.source.member is None else frame.collect(engine="streaming").lazy()


def _read_carefully(opened: Opened, header: Header, how: How, *, ragged: bool = False) -> None:
    """Everything wrong with the values, or the frame where nothing is."""
    name, opened.mended = opened.source.name, True
    if ragged:
        opened.problems.append(_too_long(opened.source, header))
    careful = Careful(opened.source, opened.table, header, ragged=ragged)
    found = value_problems(careful, name)
    opened.problems += found
    frame = careful.frame()
    opened.problems += duplicates(frame, opened.table, name)
    if not opened.problems and how.cache is not None and not opened.source.is_direct:
        frame = _keep(opened, frame, how.cache)
    opened.frame = frame


def _too_long(source: Source, header: Header) -> Problem:
    """The rows with more values than there are columns."""
    width, count, first = len(header.columns), 0, (0, 0)
    with _lines(source, header) as lines:
        for row, values in enumerate(csv.reader(lines, delimiter=header.separator)):
            if len(values) > width:
                first = first if count else (row, len(values))
                count += 1
    found = counted(count, "row has too many values", "rows have too many values")
    expected = (
        f"expected {width}: a value that holds a {header.separator!r} must stand in double quotes"
    )
    return Problem(source.name, f"{found}, the first {first[1]} in row {first[0]:,}", expected)


def _lines(source: Source, header: Header) -> IO[str]:
    if header.is_rewritten:
        return io.StringIO(rewritten(source.content(), header).decode())
    is_plain = source.member is None and source.path.suffix == ".csv"
    data = source.path.open("rb") if is_plain else io.BytesIO(source.content())
    return io.TextIOWrapper(data, encoding="utf-8", errors="replace", newline="")
