"""Making the sample: blocks of applicants, each from its own random stream, written as they come."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import polars as pl

from credit_scoring.contracts.contract import contracts
from credit_scoring.errors import TableError
from credit_scoring.sample.applicants import draw_people
from credit_scoring.sample.application import draw_loan
from credit_scoring.sample.bureau import credit_counts, draw_bureau
from credit_scoring.sample.credit_cards import card_balances, card_instalments
from credit_scoring.sample.default_risk import probability
from credit_scoring.sample.instalments_and_pos_cash import draw_loans, instalments, pos_balances
from credit_scoring.sample.previous_applications import draw_previous
from credit_scoring.sample.random_draws import Columns, Floats, Ints, Text, frame
from credit_scoring.sample.write_tables import TRUTH, Format, Writer, writing

BLOCK = 10_000  # applicants at most
TEST_SHARE = 48_744 / 356_255
FIRST = {"applicant": 100_002, "previous": 1_000_001, "bureau": 5_000_001}
LEAST, MOST = 100, 100_000_000  # applicants; above, SK_ID_PREV would leave its 32 bits


def make_sample(
    out: Path,
    *,
    applicants: int = 20_000,
    seed: int = 0,
    file_format: Format = "parquet",
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, int]:
    """Write made-up tables shaped like Home Credit Default Risk into the folder `out`; return rows by file.

    `applicants` counts train and test. The same seed gives the same data. `truth.parquet` holds the true
    probability of default of every applicant. `progress` hears (applicants done, applicants) after each block.
    Files take their names only when all are written. Raises TableError for an argument out of range.
    """
    _check(out, applicants, seed, file_format)
    tested = _tested(applicants, seed)
    ids = dict(FIRST)
    with writing(Path(out), file_format) as writer:
        for block, here in enumerate(
            np.array_split(np.arange(applicants), -(-applicants // BLOCK))
        ):
            rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1, block)))
            tables, truth = _draw(rng, FIRST["applicant"] + here, ids)
            _write(writer, tables, truth, tested[here])
            if progress is not None:
                progress(int(here[-1]) + 1, applicants)
    return dict(writer.rows)


def _check(out: Path, applicants: object, seed: object, file_format: object) -> None:
    _check_integer("applicants", applicants, LEAST, MOST)
    _check_integer("seed", seed, 0, None)
    if file_format not in get_args(Format):
        raise TableError(
            f"file_format is {file_format!r}: expected one of {', '.join(get_args(Format))}"
        )
    if Path(out).exists() and not Path(out).is_dir():
        raise TableError(f"out is {out}, a file: give a folder, it is made if need be")


def _check_integer(name: str, value: object, least: int, most: int | None) -> None:
    bounds = f"from {least:,} to {most:,}" if most else f"from {least:,} up"
    good = (
        isinstance(value, int)
        and not isinstance(value, bool)
        and value >= least
        and (most is None or value <= most)
    )
    if not good:
        raise TableError(f"{name} is {value!r}: expected a whole number {bounds}")


def _tested(applicants: int, seed: int) -> Any:
    """Which applicants stand in the test file: a fixed number, at random places."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0,)))
    return rng.permutation(applicants) < round(applicants * TEST_SHARE)


def _draw(
    rng: np.random.Generator, applicants: Ints, ids: dict[str, int]
) -> tuple[dict[str, Columns], Floats]:
    """All tables of one block, and the truth; `ids` are the next free identifiers and move on."""
    people = draw_people(rng, applicants)
    counts = credit_counts(rng, people.size)
    bureau, balance = draw_bureau(rng, people, counts, ids["bureau"])
    previous = draw_previous(rng, people, ids["previous"])
    loans = draw_loans(rng, people, previous)
    cards = card_balances(rng, people, previous)
    tables: dict[str, Columns] = {
        "application": people.columns | draw_loan(rng, people, in_bureau=counts > 0),
        "bureau": bureau,
        "bureau_balance": balance,
        "previous_application": previous.columns,
        "pos_cash_balance": pos_balances(rng, previous, loans),
        "installments_payments": _stack(
            instalments(rng, previous, loans), card_instalments(rng, cards)
        ),
        "credit_card_balance": cards,
    }
    ids["bureau"] += bureau["SK_ID_BUREAU"].size
    ids["previous"] += previous.columns["SK_ID_PREV"].size
    truth = probability(tables, applicants)
    tables["application"]["TARGET"] = (rng.random(applicants.size) < truth).astype(np.int64)
    return tables, truth


def _stack(*parts: Columns) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _write(writer: Writer, tables: dict[str, Columns], truth: Floats, tested: Any) -> None:
    """Write a block: the application table in two files, bureau and previous in the order of their identifiers."""
    known = contracts()
    for name, columns in tables.items():
        table = known[name]
        if table.unlabelled_file is not None:
            writer.add(table.file, frame(table, _rows(columns, ~tested)))
            writer.add(table.unlabelled_file, frame(table, _rows(columns, tested), labelled=False))
        else:
            whole = frame(table, columns)
            writer.add(table.file, whole.sort(table.unique) if len(table.unique) == 1 else whole)
    applicants = pl.Series("SK_ID_CURR", tables["application"]["SK_ID_CURR"], dtype=pl.Int32)
    writer.add(TRUTH, pl.DataFrame([applicants, pl.Series("probability", truth)]))


def _rows(columns: Columns, rows: Any) -> Columns:
    return {
        name: value.take(rows) if isinstance(value, Text) else value[rows]
        for name, value in columns.items()
    }
