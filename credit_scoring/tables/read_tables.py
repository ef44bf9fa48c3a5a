"""Reading the source tables by their contracts: from a folder of CSV or Parquet files, or from Kaggle's zip.

What comes out is the same whatever went in: contract dtypes, categories as their code among the contract's
levels (their order is the code), the source's marks for "no value" as missing. docs/data.md tells the whole.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from credit_scoring.contracts.contract import contracts
from credit_scoring.errors import TableError
from credit_scoring.tables.keys import orphan_problem, orphans
from credit_scoring.tables.open_table import How, Opened, open_table
from credit_scoring.tables.parquet_cache import Cache
from credit_scoring.tables.scan import DTYPES
from credit_scoring.tables.source_files import Place, Source, stem_of, stems
from credit_scoring.tables.table_errors import Problem, refuse

__all__ = [
    "DTYPES",
    "UNKEPT",
    "Reading",
    "TableSet",
    "breaches_named",
    "open_set",
    "read_tables",
    "source_files",
]
log = logging.getLogger(__name__)
APPLICATION, OTHER = "application", "other application"


@dataclass
class TableSet:
    """What stands at `path`: every table opened, those absent, rows of history that belong to nobody, all problems.

    `opened` has the application file asked for as "application" and, where all is checked, the one with or without
    the target that was not asked for as "other application". `orphans` counts rows by table.
    """

    path: Path
    labelled: bool
    opened: dict[str, Opened] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    orphans: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def frames(self) -> dict[str, pl.LazyFrame]:
        """The tables that could be read, by contract name."""
        found = {name: opened.frame for name, opened in self.opened.items() if name != OTHER}
        return {name: frame for name, frame in found.items() if frame is not None}


@dataclass(frozen=True)
class Reading:
    """What a person chooses: the folder that keeps what is read (None: none), whether unknown columns are left out."""

    cache: Path | None = None
    ignore_unknown: bool = False


UNKEPT = Reading()


def read_tables(
    path: Path,
    *,
    labelled: bool = True,
    cache: Path | None = None,
    checked: bool = False,
    ignore_unknown: bool = False,
) -> dict[str, pl.LazyFrame]:
    """Every source table found at `path` (a folder or a zip), by contract name, as lazy frames.

    `labelled` picks the application file with TARGET, else the one without. A side table may be absent: the log
    says so and the result leaves it out. `cache` is a folder that keeps what is read from CSV or a zip as Parquet.
    `checked` holds every value, key and parent to the contracts first. `ignore_unknown` passes over columns that
    no contract has. Raises one TableError with everything that is wrong. Without `checked`, values of a CSV are
    not looked at before a frame is collected: see `breaches_named`.
    """
    tables = open_set(
        path, labelled=labelled, cache=cache, checked=checked, ignore_unknown=ignore_unknown
    )
    for name in tables.absent:
        log.warning(
            "%s holds no %s: its features are left out",
            path,
            stem_of(contracts()[name], labelled=labelled),
        )
    refuse(path, tables.problems)
    return tables.frames


@contextmanager
def breaches_named(
    path: Path, *, labelled: bool = True, cache: Path | None = None, ignore_unknown: bool = False
) -> Iterator[None]:
    """Around work that collects the frames of `read_tables(path)`.

    A value that breaks its contract becomes a TableError that names file, column and value: the files are read
    again with every check. A damaged cache is named and thrown away.
    """
    try:
        yield
    except pl.exceptions.PolarsError as error:
        tables = open_set(path, labelled=labelled, checked=True, ignore_unknown=ignore_unknown)
        refuse(path, tables.problems)
        if cache is not None and _damaged(Cache(cache), tables):
            raise TableError(
                f"tables kept in {cache} were damaged and are removed: run this again"
            ) from error
        raise


def _damaged(cache: Cache, tables: TableSet) -> list[str]:
    """The tables whose entry in the cache was damaged and is now gone."""
    return [
        name for name, opened in tables.opened.items() if cache.damaged(opened.source, opened.table)
    ]


def source_files(path: Path) -> list[Path]:
    """The files at `path` that hold source tables, sorted by name."""
    place = Place(path)
    if not place.root.is_dir():
        return [place.root]
    return sorted(source.path for stem in stems() if (source := place.find(stem)) is not None)


def open_set(
    path: Path,
    *,
    labelled: bool = True,
    cache: Path | None = None,
    checked: bool = False,
    ignore_unknown: bool = False,
    anew: bool = False,
) -> TableSet:
    """Every source table at `path`, opened; what is wrong stands in `problems`. TableError where there is no set.

    Files that passed every check before and are unchanged are not checked again, unless `anew`.
    """
    tables, found = TableSet(path, labelled), _sources(path, labelled=labelled)
    tables.absent = [name for name in contracts() if name not in found]
    kept = Cache(cache) if cache is not None else None
    named = {name: contracts()[APPLICATION if name == OTHER else name] for name in found}
    is_known = (
        checked
        and kept is not None
        and not ignore_unknown
        and not anew
        and kept.passed(found, named)
    )
    how = How(kept, checked and not is_known, ignore_unknown)
    for name, source in found.items():
        if name != OTHER or how.checked:
            tables.opened[name] = open_table(
                source, named[name], how, labelled=labelled != (name == OTHER)
            )
    tables.problems = [problem for opened in tables.opened.values() for problem in opened.problems]
    if how.checked:
        _refuse_no_rows(tables)
        _find_orphans(tables)
        in_place = [opened for opened in tables.opened.values() if opened.source.is_direct]
        if (
            kept is not None
            and not tables.problems
            and not any(opened.mended for opened in in_place)
        ):
            kept.remember(found, named)
    return tables


def _sources(path: Path, *, labelled: bool) -> dict[str, Source]:
    """The files by table name, the application that was not asked for among them."""
    place = Place(path)
    wanted = {name: stem_of(table, labelled=labelled) for name, table in contracts().items()}
    other = stem_of(contracts()[APPLICATION], labelled=not labelled)
    found = {name: place.find(stem) for name, stem in {**wanted, OTHER: other}.items()}
    if found[APPLICATION] is None:
        raise place.missing_application(wanted[APPLICATION])
    return {name: source for name, source in found.items() if source is not None}


def _refuse_no_rows(tables: TableSet) -> None:
    """An application table without an applicant is a problem; a side table may be empty."""
    application = tables.opened[APPLICATION]
    if application.frame is not None and not application.frame.select(pl.len()).collect().item():
        found = Problem(
            application.source.name, "it has no rows", "expected rows of the application table"
        )
        application.problems.append(found)
        tables.problems.append(found)


def _find_orphans(tables: TableSet) -> None:
    """Count the rows without a parent, and refuse them where every parent should be there.

    With both application files every applicant is known. With one of them, histories of the others' applicants
    may stand in the side tables; and the real bureau_balance has credits that the real bureau has not. Those are
    only counted, unless no row at all has its parent: then the files belong to different sets.
    """
    whole = OTHER in tables.opened
    for name, frame in tables.frames.items():
        table, parents = contracts()[name], _parents(tables, name)
        if (
            table.join is None
            or parents is None
            or table.join.on not in frame.collect_schema().names()
        ):
            continue
        count, example = orphans(frame, parents, table.join.on)
        tables.orphans[name] = count
        stranger = tables.labelled and count == frame.select(pl.len()).collect().item()
        if count and (stranger or (whole and table.join.table == APPLICATION)):
            files = [opened.source.name for opened in _parent_files(tables, name)]
            source = tables.opened[name].source.name
            tables.problems.append(
                orphan_problem(count, example, table, " or ".join(files), source)
            )


def _parent_files(tables: TableSet, name: str) -> list[Opened]:
    join = contracts()[name].join
    names = (
        (APPLICATION, OTHER)
        if join and join.table == APPLICATION
        else (join.table if join else "",)
    )
    return [tables.opened[parent] for parent in names if parent in tables.opened]


def _parents(tables: TableSet, name: str) -> pl.LazyFrame | None:
    """The keys that rows of the table `name` may have; None where the parents are not all known."""
    join, files = contracts()[name].join, _parent_files(tables, name)
    frames = [opened.frame for opened in files if opened.frame is not None]
    if join is None or len(frames) < len(files) or not frames:
        return None
    if any(problem.column in (None, join.on) for opened in files for problem in opened.problems):
        return None
    return pl.concat([frame.select(join.on) for frame in frames])
