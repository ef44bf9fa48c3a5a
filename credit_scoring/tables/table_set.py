"""All source tables at one place: opened, validated, and their orphans counted."""

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from credit_scoring.contracts.contract import contracts
from credit_scoring.files import StrPath
from credit_scoring.tables.keys import count_orphans, orphan_problem
from credit_scoring.tables.open_table import OpenedTable, OpenOptions, open_table
from credit_scoring.tables.parquet_cache import ParquetCache
from credit_scoring.tables.source_files import SourceFile, TableLocation, file_stem
from credit_scoring.tables.table_errors import TableProblem

APPLICATION = "application"
OTHER_APPLICATION = "other application"


@dataclass
class TableSet:
    """The source tables at `path`.

    `opened` has the requested application file as "application"; if the tables are checked, also
    the other one (with or without the target) as "other application". `both` adds its applicants
    to the frame of the first. `absent` are the tables without a file. `orphans` counts, per table,
    the rows whose parent is missing. `problems` are those of all tables.
    """

    path: Path
    labelled: bool
    both: bool = False
    opened: dict[str, OpenedTable] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    orphans: dict[str, int] = field(default_factory=dict)
    problems: list[TableProblem] = field(default_factory=list)

    @property
    def frames(self) -> dict[str, pl.LazyFrame]:
        """The tables that can be read, by contract name."""
        frames = {
            name: opened.frame for name, opened in self.opened.items() if opened.frame is not None
        }
        other = frames.pop(OTHER_APPLICATION, None)
        if self.both and other is not None and APPLICATION in frames:
            frames[APPLICATION] = pl.concat([frames[APPLICATION], other], how="diagonal")
        return frames


def open_table_set(
    path: Path,
    *,
    labelled: bool | None = True,
    cache: StrPath | None = None,
    checked: bool = False,
    ignore_unknown: bool = False,
    recheck: bool = False,
) -> TableSet:
    """Open every source table at `path`; what is wrong with them is in `problems`.

    `labelled` is None for the applicants of both application files, if there are two. Unchanged
    files that passed every check before are checked again only with `recheck`. Raises TableError
    without an application table.
    """
    both = labelled is None
    labelled = _has_labelled(path) if labelled is None else labelled
    sources = _find_sources(path, labelled=labelled)
    contract_of = {
        name: contracts()[APPLICATION if name == OTHER_APPLICATION else name] for name in sources
    }
    parquet_cache = ParquetCache(Path(cache)) if cache is not None else None
    if parquet_cache is not None and not ignore_unknown and not recheck:
        checked = checked and not parquet_cache.passed_checks(sources, contract_of)
    options = OpenOptions(parquet_cache, checked, ignore_unknown)
    tables = TableSet(path, labelled, both)
    tables.absent = [name for name in contracts() if name not in sources]
    tables.opened = {
        name: open_table(
            source, contract_of[name], options, labelled=labelled != (name == OTHER_APPLICATION)
        )
        for name, source in sources.items()
        if checked or both or name != OTHER_APPLICATION
    }
    tables.problems = [problem for opened in tables.opened.values() for problem in opened.problems]
    if checked:
        _check_not_empty(tables)
        _check_orphans(tables)
        if parquet_cache is not None and _can_skip_next_check(tables):
            parquet_cache.record_passed(sources, contract_of)
    return tables


def _has_labelled(path: Path) -> bool:
    """Whether there is an application file with the target; if there is none at all, too."""
    location = TableLocation(path)
    table = contracts()[APPLICATION]
    has_file = [location.find(file_stem(table, labelled=labelled)) for labelled in (True, False)]
    return has_file[0] is not None or has_file[1] is None


def _find_sources(path: Path, *, labelled: bool) -> dict[str, SourceFile]:
    """The files by table name, both application files included."""
    location = TableLocation(path)
    stems = {name: file_stem(table, labelled=labelled) for name, table in contracts().items()}
    stems[OTHER_APPLICATION] = file_stem(contracts()[APPLICATION], labelled=not labelled)
    files = {name: location.find(stem) for name, stem in stems.items()}
    if files[APPLICATION] is None:
        raise location.missing_application(stems[APPLICATION])
    return {name: file for name, file in files.items() if file is not None}


def _can_skip_next_check(tables: TableSet) -> bool:
    """Whether all is valid; a Parquet file that was read as text must be read as text again."""
    return not tables.problems and not any(
        opened.source.is_parquet_file and opened.read_as_text for opened in tables.opened.values()
    )


def _check_not_empty(tables: TableSet) -> None:
    """An application table without rows is a problem; a side table may be empty."""
    application = tables.opened[APPLICATION]
    if application.frame is not None and not _count_rows(application.frame):
        application.add_problem("it has no rows", "expected rows of the application table")
        tables.problems.append(application.problems[-1])


def _check_orphans(tables: TableSet) -> None:
    """Count the rows without a parent; they are a problem if every parent should be present.

    With both application files, every applicant is known. With one of them, the side tables may
    hold histories of the other's applicants; and the real bureau_balance has credits that the real
    bureau does not have. Such orphans are only counted, unless no row has its parent: then the
    files belong to different data sets.
    """
    for name, frame in tables.frames.items():
        join = contracts()[name].join
        parents = _parents(tables, name)
        if join is None or parents is None or join.on not in frame.collect_schema().names():
            continue
        count, example = count_orphans(frame, parents, join.on)
        tables.orphans[name] = count
        all_known = OTHER_APPLICATION in tables.opened and join.table == APPLICATION
        if count and (all_known or (tables.labelled and count == _count_rows(frame))):
            files = " or ".join(opened.source.name for opened in _parent_tables(tables, name))
            source = tables.opened[name].source.name
            tables.problems.append(orphan_problem(count, example, join, files, source))


def _count_rows(frame: pl.LazyFrame) -> int:
    return int(frame.select(pl.len()).collect().item())


def _parent_tables(tables: TableSet, name: str) -> list[OpenedTable]:
    join = contracts()[name].join
    parent = join.table if join else ""
    names = (APPLICATION, OTHER_APPLICATION) if parent == APPLICATION else (parent,)
    return [tables.opened[name] for name in names if name in tables.opened]


def _parents(tables: TableSet, name: str) -> pl.LazyFrame | None:
    """The keys that rows of the table `name` may have; None if not all parents are known."""
    join = contracts()[name].join
    parents = _parent_tables(tables, name)
    frames = [opened.frame for opened in parents if opened.frame is not None]
    if join is None or len(frames) < len(parents) or not frames:
        return None
    if any(problem.column in (None, join.on) for opened in parents for problem in opened.problems):
        return None
    return pl.concat([frame.select(join.on) for frame in frames])
