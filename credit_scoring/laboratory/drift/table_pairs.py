"""Opens what `drift` compares: two flat tables, or each table that two folders both have."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from credit_scoring.errors import TableError
from credit_scoring.flat_table.scan_columns import ColumnTable, scan_flat_table
from credit_scoring.laboratory.drift.column_roles import Remark, remarks_on_tables
from credit_scoring.laboratory.drift.folder_tables import FolderTables
from credit_scoring.suggestions import did_you_mean
from credit_scoring.tables.read_tables import UNCACHED, ReadOptions

SIDES = ("reference", "current")


@dataclass(frozen=True)
class TablePair:
    """Two tables of the same kind.

    `name` is the contract's in a folder, else empty. `keys` and `target` are the columns with
    these roles, if a contract or an option names them. `effective_rows` are as many independent
    rows as each table is worth: fewer than its rows if an applicant has several. `remarks`: on
    tables without a partner.
    """

    name: str
    reference: ColumnTable
    current: ColumnTable
    keys: frozenset[str] = frozenset()
    target: str | None = None
    effective_rows: tuple[float, float] | None = None
    remarks: tuple[Remark, ...] = ()

    @property
    def sources(self) -> dict[str, str]:
        """The two files, by side."""
        return {"reference": self.reference.name, "current": self.current.name}

    @property
    def weights(self) -> tuple[float, float]:
        """The weight of a row of each table in the tests."""
        if self.effective_rows is None:
            return 1.0, 1.0
        before, after = self.effective_rows
        return before / max(self.reference.rows, 1), after / max(self.current.rows, 1)


@contextmanager
def open_pairs(
    reference: Path, current: Path, options: ReadOptions = UNCACHED, target: str | None = None
) -> Iterator[list[TablePair]]:
    """The pairs of tables at two places, readable inside the block.

    Raises TableError if a table cannot be read, if a file is to be compared with a folder, or if
    no table has the target.
    """
    kinds = {side: _is_folder(path) for side, path in zip(SIDES, (reference, current), strict=True)}
    if len(set(kinds.values())) > 1:
        words = {True: "a folder or zip of tables", False: "a table"}
        found = " and ".join(f"--{side} is {words[kind]}" for side, kind in kinds.items())
        raise TableError(f"{found}: give two tables, or two folders")
    with TemporaryDirectory(prefix="credit-scoring-drift-") as scratch:
        if kinds["reference"]:
            if target is not None:
                raise TableError(
                    f"--target is {target}, but the target of folders is known: leave it out"
                )
            yield _pair_folders(reference, current, Path(scratch), options)
        else:
            yield [_pair_files(reference, current, Path(scratch), target)]


def _is_folder(path: Path) -> bool:
    if not path.exists():
        raise TableError(f"{path} does not exist: give a table or a folder of tables")
    return path.is_dir() or path.name.endswith(".zip")


def _pair_files(reference: Path, current: Path, scratch: Path, target: str | None) -> TablePair:
    for side in SIDES:
        (scratch / side).mkdir()
    before, after = (
        scan_flat_table(path, scratch / side)
        for side, path in zip(SIDES, (reference, current), strict=True)
    )
    columns = [*before.columns, *after.columns]
    if target is not None and target not in columns:
        hint = did_you_mean(target, columns)
        raise TableError(f"no table has the column {target}{hint}: name the target with --target")
    return TablePair("", before, after, target=target)


def _pair_folders(
    reference: Path, current: Path, scratch: Path, options: ReadOptions
) -> list[TablePair]:
    """A pair per table of both folders; of one folder, the train against the test applicants."""
    before = FolderTables.open(reference, options)
    is_same = reference.resolve() == current.resolve()
    after = FolderTables.open(current, options, prefer_unlabelled=is_same)
    first, *others = [
        _pair_tables(name, before, after, scratch) for name in before.names if name in after.names
    ]
    return [replace(first, remarks=remarks_on_tables(before.names, after.names)), *others]


def _pair_tables(name: str, before: FolderTables, after: FolderTables, scratch: Path) -> TablePair:
    before_table, before_rows = before.prepare(name, scratch / SIDES[0])
    after_table, after_rows = after.prepare(name, scratch / SIDES[1])
    return TablePair(
        name, before_table, after_table, before.keys(name), before.target(name),
        (before_rows, after_rows),
    )  # fmt: skip
