"""Generates the sample in blocks of applicants, each from its own random stream."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import get_args

import numpy as np
import polars as pl
from numpy.random import Generator, SeedSequence, default_rng

from credit_scoring.contracts.contract import contracts
from credit_scoring.errors import TableError
from credit_scoring.files import StrPath
from credit_scoring.sample.applicants import draw_applicants
from credit_scoring.sample.application import draw_application
from credit_scoring.sample.bureau import draw_bureau, draw_credit_counts
from credit_scoring.sample.columns import (
    Columns,
    Flags,
    Floats,
    Ints,
    TextColumn,
    as_integers,
    to_frame,
)
from credit_scoring.sample.credit_cards import card_balances, card_payments
from credit_scoring.sample.default_risk import default_probability
from credit_scoring.sample.instalments_and_pos_cash import (
    draw_loans,
    loan_payments,
    pos_cash_balances,
)
from credit_scoring.sample.previous_applications import draw_previous_applications
from credit_scoring.sample.random_draws import bernoulli
from credit_scoring.sample.time_and_drift import (
    MONTH,
    Drift,
    calendar_months,
    draw_months,
    drift_of_risk,
    plant_drift,
)
from credit_scoring.sample.write_tables import TRUTH, FileFormat, SampleWriter, sample_writer

BLOCK_APPLICANTS = 10_000  # at most
TEST_SHARE = 48_744 / 356_255
FIRST_IDS = {"applicant": 100_002, "previous": 1_000_001, "bureau": 5_000_001}
MIN_APPLICANTS = 100
MAX_APPLICANTS = 100_000_000  # above this, SK_ID_PREV does not fit 32 bits


def generate_sample(
    out: StrPath,
    *,
    applicants: int = 20_000,
    seed: int = 0,
    file_format: FileFormat = "parquet",
    drift: Collection[Drift] = (),
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, int]:
    """Write sample tables shaped like Home Credit Default Risk to a folder; return rows by file.

    `applicants` counts train and test together. The same seed gives the same data. `truth.parquet`
    holds every applicant's true probability of default. `drift` names what drifts over the months
    of the applications. `progress` is called with (applicants
    done, applicants) after each block. Files get their final names when all are written.
    Raises TableError for an argument out of range.
    """
    out = Path(out)
    _check_arguments(out, applicants, seed, file_format, drift)
    is_test = _test_applicants(applicants, seed)
    next_ids = dict(FIRST_IDS)
    block_count = -(-applicants // BLOCK_APPLICANTS)
    with sample_writer(out, file_format) as writer:
        for number, block in enumerate(np.array_split(np.arange(applicants), block_count)):
            rng = default_rng(SeedSequence(seed, spawn_key=(1, number)))
            tables, probability = _draw_block(rng, FIRST_IDS["applicant"] + block, next_ids)
            time_rng = default_rng(SeedSequence(seed, spawn_key=(2, number)))
            application = tables["application"]
            probability = _add_outcome(rng, time_rng, application, probability, drift)
            _write_block(writer, tables, probability, is_test[block])
            if progress is not None:
                progress(int(block[-1]) + 1, applicants)
    return dict(writer.rows)


def _check_arguments(
    out: Path, applicants: object, seed: object, file_format: object, drift: Collection[str]
) -> None:
    _check_integer("applicants", applicants, MIN_APPLICANTS, MAX_APPLICANTS)
    _check_integer("seed", seed, 0, None)
    if file_format not in get_args(FileFormat):
        formats = ", ".join(get_args(FileFormat))
        raise TableError(f"file_format is {file_format!r}: expected one of {formats}")
    for kind in drift:
        if kind not in get_args(Drift):
            raise TableError(f"drift is {kind!r}: expected {', '.join(get_args(Drift))}")
    if Path(out).exists() and not Path(out).is_dir():
        raise TableError(f"out is {out}, a file: expected a folder, it is created if missing")


def _check_integer(name: str, value: object, minimum: int, maximum: int | None) -> None:
    if (
        not isinstance(value, int)
        or isinstance(value, bool)
        or value < minimum
        or (maximum is not None and value > maximum)
    ):
        bounds = f"from {minimum:,} to {maximum:,}" if maximum else f"of at least {minimum:,}"
        raise TableError(f"{name} is {value!r}: expected a whole number {bounds}")


def _test_applicants(applicants: int, seed: int) -> Flags:
    """Whether each applicant is in the test file: a fixed number, at random positions."""
    rng = default_rng(SeedSequence(seed, spawn_key=(0,)))
    return np.asarray(rng.permutation(applicants) < round(applicants * TEST_SHARE))


def _draw_block(
    rng: Generator, applicant_ids: Ints, next_ids: dict[str, int]
) -> tuple[dict[str, Columns], Floats]:
    """All tables of one block, without month and outcome, and the true probabilities of default.

    `next_ids` are the next free identifiers; they are advanced.
    """
    applicants = draw_applicants(rng, applicant_ids)
    counts = draw_credit_counts(rng, applicants.size)
    bureau, balance = draw_bureau(rng, applicants, counts, next_ids["bureau"])
    previous = draw_previous_applications(rng, applicants, next_ids["previous"])
    loans = draw_loans(rng, applicants, previous)
    cards = card_balances(rng, applicants, previous)
    application = applicants.columns | draw_application(rng, applicants, in_bureau=counts > 0)
    tables: dict[str, Columns] = {
        "application": application,
        "bureau": bureau,
        "bureau_balance": balance,
        "previous_application": previous.columns,
        "pos_cash_balance": pos_cash_balances(rng, previous, loans),
        "installments_payments": _concatenate(
            loan_payments(rng, previous, loans), card_payments(rng, cards)
        ),
        "credit_card_balance": cards,
    }
    next_ids["bureau"] += bureau["SK_ID_BUREAU"].size
    next_ids["previous"] += previous.columns["SK_ID_PREV"].size
    return tables, default_probability(tables, applicant_ids)


def _add_outcome(
    rng: Generator,
    time_rng: Generator,
    application: Columns,
    probability: Floats,
    drift: Collection[Drift],
) -> Floats:
    """Add the month and the outcome, and plant the drift; return the true probabilities with it."""
    months = draw_months(time_rng, probability.size)
    probability = drift_of_risk(probability, months, drift)
    application[MONTH] = calendar_months(months)
    application["TARGET"] = as_integers(bernoulli(rng, probability, probability.size))
    plant_drift(time_rng, application, months, drift)
    return probability


def _concatenate(*parts: Columns) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _write_block(
    writer: SampleWriter, tables: dict[str, Columns], probability: Floats, is_test: Flags
) -> None:
    """Write a block: the application table as two files, tables with one key sorted by it."""
    for name, columns in tables.items():
        table = contracts()[name]
        if table.unlabelled_file is not None:
            test_rows = to_frame(table, _select_rows(columns, is_test), labelled=False)
            writer.add(table.file, to_frame(table, _select_rows(columns, ~is_test)))
            writer.add(table.unlabelled_file, test_rows)
        else:
            frame = to_frame(table, columns)
            writer.add(table.file, frame.sort(table.unique) if len(table.unique) == 1 else frame)
    applicants = pl.Series("SK_ID_CURR", tables["application"]["SK_ID_CURR"], dtype=pl.Int32)
    writer.add(TRUTH, pl.DataFrame([applicants, pl.Series("probability", probability)]))


def _select_rows(columns: Columns, rows: Flags) -> Columns:
    return {
        name: values.take(rows) if isinstance(values, TextColumn) else values[rows]
        for name, values in columns.items()
    }
