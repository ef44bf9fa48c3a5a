"""Opens one table's file: its lazy frame, and every problem of the file."""

from dataclasses import dataclass, field

import polars as pl

from credit_scoring.contracts.contract import Table
from credit_scoring.suggestions import did_you_mean
from credit_scoring.tables.contract_checks import obeys_contract, value_problems
from credit_scoring.tables.csv_dialect import Header, is_last_row_cut, sniff
from credit_scoring.tables.file_kind import HEAD_SIZE, NotTabularError
from credit_scoring.tables.keys import duplicate_key_problems
from credit_scoring.tables.parquet_cache import ParquetCache
from credit_scoring.tables.row_widths import long_rows, short_rows
from credit_scoring.tables.scan import TextScan, known_columns, typed_scan
from credit_scoring.tables.source_files import READ_ERRORS, SourceFile, describe_read_error
from credit_scoring.tables.table_errors import TableProblem, join_names

TAIL_SIZE = 1 << 16  # bytes
RAGGED_ERROR = "more fields"  # part of Polars' message about a row with too many values


@dataclass(frozen=True)
class OpenOptions:
    """How a table is opened: `checked` validates every value before the frame is used."""

    cache: ParquetCache | None = None
    checked: bool = False
    ignore_unknown: bool = False


@dataclass
class OpenedTable:
    """A table's file, its frame if readable, its problems, and whether it was read as text."""

    source: SourceFile
    table: Table
    frame: pl.LazyFrame | None = None
    problems: list[TableProblem] = field(default_factory=list)
    read_as_text: bool = False

    def add_problem(self, description: str, remedy: str) -> None:
        """Add a problem of the file as a whole."""
        self.problems.append(TableProblem(self.source.name, description, remedy))


def open_table(
    source: SourceFile, table: Table, options: OpenOptions, *, labelled: bool = True
) -> OpenedTable:
    """Open the table in `source`, without its target unless `labelled`.

    Raises nothing: what is wrong with the file is in `problems`.
    """
    opened = OpenedTable(source, table)
    try:
        header, has_blank_end = _read_header(opened)
        if _check_columns(opened, header, options, labelled=labelled):
            _read(opened, header, options, as_text=has_blank_end)
        elif known_columns(table, header):
            _read_as_text(opened, header, options)
    except NotTabularError as error:
        opened.add_problem(error.description, error.remedy)
    except READ_ERRORS as error:
        opened.add_problem(*describe_read_error(error, source))
    if opened.frame is not None and not labelled:
        targets = [column.name for column in table.columns if column.use == "target"]
        opened.frame = opened.frame.drop(targets, strict=False)
    return opened


def text_scan(opened: OpenedTable) -> TextScan:
    """The rows of an opened table as text, with their numbers."""
    header, _ = _read_header(OpenedTable(opened.source, opened.table))
    return TextScan(opened.source, opened.table, header)


def _read_header(opened: OpenedTable) -> tuple[Header, bool]:
    """The header, and whether the file ends in lines without a value."""
    source = opened.source
    if source.is_parquet:
        schema = pl.scan_parquet(source.scannable(), glob=False).collect_schema()
        return Header(tuple(schema.names())), False
    header = sniff(source.read(HEAD_SIZE), opened.table.columns)
    tail = source.tail(TAIL_SIZE) or b""
    if is_last_row_cut(tail, header):
        opened.add_problem(
            "its last row is not complete, as in a copy that was cut off",
            "copy or download it again",
        )
    return header, tail.endswith((b"\n\n", b"\n\r\n"))


def _check_columns(
    opened: OpenedTable, header: Header, options: OpenOptions, *, labelled: bool
) -> bool:
    """Whether the file has every column; adds problems for missing, unknown and repeated ones."""
    names = header.columns
    columns = opened.table.columns
    required = [c.name for c in columns if c.is_recorded or (labelled and c.use == "target")]
    missing = [name for name in required if name not in names]
    if len(missing) == len(required):
        description = f"it has the columns {join_names(names)}, none of them known"
        opened.add_problem(description, f"expected {join_names(missing)}")
        return False
    if missing:
        remedy = "add the column, or leave out a side table's file"
        opened.add_problem(f"it does not have {join_names(missing)}", remedy)
    if not options.ignore_unknown:
        _check_unknown_columns(opened, names)
    if header.repeated:
        description = f"it has {join_names(header.repeated)} more than once"
        opened.add_problem(description, "keep one of the columns")
    return not missing


def _check_unknown_columns(opened: OpenedTable, names: tuple[str, ...]) -> None:
    known = opened.table.by_name
    unknown = [name for name in dict.fromkeys(names) if name not in known]
    if unknown:
        columns = join_names(f'"{name}"{did_you_mean(name, known)}' for name in unknown)
        opened.add_problem(
            f"it has the unknown {'columns' if len(unknown) > 1 else 'column'} {columns}",
            "rename or remove it, or ignore it with --ignore-unknown-columns",
        )


def _read(opened: OpenedTable, header: Header, options: OpenOptions, *, as_text: bool) -> None:
    """Read by the typed scan; by the slower text scan if that fails, or if `as_text`."""
    ragged = False
    _check_short_rows(opened, header, options)
    try:
        frame = None if as_text else _valid_scan(opened, header, options)
    except pl.exceptions.PolarsError as error:
        frame = None
        ragged = RAGGED_ERROR in str(error)
    if frame is None:
        _read_as_text(opened, header, options, ragged=ragged)
        return
    opened.frame = frame
    if options.checked:
        opened.problems += duplicate_key_problems(frame, opened.table, opened.source.name)


def _check_short_rows(opened: OpenedTable, header: Header, options: OpenOptions) -> None:
    """Add the problem of rows with too few values, unless the file was checked before.

    Not if the last row was found to be cut off: it is one of them.
    """
    source, cache = opened.source, options.cache
    is_cached = cache is not None and cache.find(source, opened.table) is not None
    is_read_fully = options.checked or cache is not None
    if source.is_parquet or is_cached or not is_read_fully or opened.problems:
        return
    problem = short_rows(source, header)
    if problem is not None:
        opened.problems.append(problem)


def _valid_scan(opened: OpenedTable, header: Header, options: OpenOptions) -> pl.LazyFrame | None:
    """The typed frame; None if it is checked and has a value that breaks the contract."""
    frame = _cached_scan(opened, header, options)
    is_valid = not options.checked or obeys_contract(frame, opened.table)
    return frame if is_valid else None


def _cached_scan(opened: OpenedTable, header: Header, options: OpenOptions) -> pl.LazyFrame:
    """The frame from the cache, else from a typed scan, which is then cached."""
    source, table, cache = opened.source, opened.table, options.cache
    if cache is None or source.is_parquet_file or opened.problems:
        return _collect_member(source, typed_scan(source, table, header))
    cached = cache.find(source, table)
    return _store(opened, typed_scan(source, table, header), cache) if cached is None else cached


def _store(opened: OpenedTable, frame: pl.LazyFrame, cache: ParquetCache) -> pl.LazyFrame:
    """The frame as the cache holds it, or the frame itself if it cannot be stored."""
    stored = cache.store(opened.source, opened.table, frame)
    return _collect_member(opened.source, frame) if stored is None else stored


def _collect_member(source: SourceFile, frame: pl.LazyFrame) -> pl.LazyFrame:
    """The frame; a member of a zip is decompressed and read now, and only once."""
    return frame if source.member is None else frame.collect(engine="streaming").lazy()


def _read_as_text(
    opened: OpenedTable, header: Header, options: OpenOptions, *, ragged: bool = False
) -> None:
    """Add every problem of the values; the frame is cached only if there is none."""
    name = opened.source.name
    opened.read_as_text = True
    if ragged:
        opened.problems.append(long_rows(opened.source, header))
    scan = TextScan(opened.source, opened.table, header, ragged=ragged)
    opened.problems += value_problems(scan, name)
    frame = scan.frame()
    opened.problems += duplicate_key_problems(frame, opened.table, name)
    if not opened.problems and options.cache is not None and not opened.source.is_parquet_file:
        frame = _store(opened, frame, options.cache)
    opened.frame = frame
