"""What a task of a Spark cluster computes, without Spark: batches as Spark would send them."""

import polars as pl
import pytest

from credit_scoring.batch.score_block import BlockScorer
from credit_scoring.batch.spark_tasks import (
    FIRST_FILE,
    FIRST_ROW,
    RESULT,
    BatchScorer,
    ScoringTask,
    batch_scorer,
)
from credit_scoring.bundle.bundle_files import read_bundle_files
from credit_scoring.bundle.read_bundle import parse_bundle, read_bundle
from credit_scoring.features.assemble import build_features
from credit_scoring.features.engines.spark_tables import SOURCE_FILE, SOURCE_ROW
from credit_scoring.sample import generate_sample
from credit_scoring.scoring.scorer import Scorer
from credit_scoring.tables.read_tables import read_tables
from tests import priced_bundle
from tests.batch.applicants import applicants, with_value
from tests.serving.small_bundle import write
from tests.test_model import ROOT

SIDES = (
    "bureau", "previous_application", "installments_payments", "pos_cash_balance",
    "credit_card_balance",
)  # fmt: skip
FILES = {"pos_cash_balance": "POS_CASH_balance"}


@pytest.fixture(scope="module")
def small_bundle(tmp_path_factory):
    return read_bundle(write(tmp_path_factory.mktemp("tasks") / "bundle"))


def with_sources(frame):
    """The columns that Spark adds: no row is repeated."""
    rows = pl.int_range(1, len(frame) + 1, dtype=pl.Int64).alias(SOURCE_ROW)
    first = [pl.lit(None, pl.String).alias(FIRST_FILE), pl.lit(None, pl.Int64).alias(FIRST_ROW)]
    return frame.with_columns(pl.lit("a.parquet").alias(SOURCE_FILE), rows, *first)


def score(bundle, batch, identifier="SK_ID_CURR", **options):
    task = ScoringTask(None, "", identifier, reasons=True, **options)
    return BatchScorer(bundle, task).score(batch)


def test_scores_and_reasons_are_those_of_the_block(small_bundle):
    frame = applicants(40)
    results = score(small_bundle, with_sources(frame))
    block = BlockScorer(small_bundle, 4).score(frame)
    assert results.schema == RESULT
    assert results.select(block.columns).equals(block)
    assert results["id"].to_list() == [str(applicant) for applicant in frame["SK_ID_CURR"]]
    assert results["row"].to_list() == [*range(1, 41)]
    assert results["reason"].null_count() == 40


def test_fitted_features_are_those_of_one_machine(tmp_path):
    """An executor gets the files of the bundle, with the term model, and nothing else."""
    files = read_bundle_files(priced_bundle.write_priced_bundle(tmp_path / "priced"))
    bundle = parse_bundle(files, "the bundle")
    frame = pl.DataFrame(priced_bundle.requests(60), infer_schema_length=None)
    frame = frame.with_row_index("SK_ID_CURR", 100_001)
    results = score(bundle, with_sources(frame))
    scorer = Scorer(bundle)
    expected = [scorer.score(inputs).probability for inputs in priced_bundle.requests(60)]
    assert results.sort("row")["probability"].to_list() == expected


def test_a_bad_row_is_rejected_with_its_number_and_the_others_are_scored(small_bundle):
    frame = with_value(with_value(applicants(9), 4, EXT_SOURCE_2=3.5), 7, SK_ID_CURR=None)
    results = score(small_bundle, with_sources(frame))
    bad = results.filter(pl.col("reason").is_not_null()).sort("row")
    assert bad.select("file", "row", "id", "field").rows() == [
        ("a.parquet", 4, "100005", "EXT_SOURCE_2"), ("a.parquet", 7, None, "SK_ID_CURR"),
    ]  # fmt: skip
    assert "EXT_SOURCE_2 is 3.5: expected a number from 0 to 1" in bad["reason"][0]
    assert results["probability"].count() == 7


@pytest.mark.parametrize(
    ("file", "row", "place"),
    [
        ("a.parquet", 2, "row 2"),
        ("b.parquet", 9, "row 9 of b.parquet"),
        ("a.parquet", None, "another row"),
    ],
    ids=["same-file", "other-file", "csv"],
)
def test_a_repeated_applicant_is_rejected(small_bundle, file, row, place):
    batch = with_value(with_sources(applicants(3)), 3, **{FIRST_FILE: file, FIRST_ROW: row})
    (reason,) = score(small_bundle, batch)["reason"].drop_nulls()
    assert reason == f"SK_ID_CURR is 100004: {place} has the same SK_ID_CURR, send it once"


def test_a_file_without_identifiers_is_scored(small_bundle):
    results = score(small_bundle, with_sources(applicants(3).drop("SK_ID_CURR")), None)
    assert results["id"].null_count() == results["probability"].count() == 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    generate_sample(folder, applicants=100, seed=3)
    return folder


@pytest.fixture(scope="module")
def bundle():
    return read_bundle(ROOT / "models" / "latest")


def histories(folder):
    """One row per applicant with the rows of each side table as a list, as Spark gathers them."""
    batch = pl.read_parquet(folder / "application_train.parquet").drop("TARGET")
    bureau = pl.read_parquet(folder / "bureau.parquet")
    balances = pl.read_parquet(folder / "bureau_balance.parquet").join(
        bureau.select("SK_ID_CURR", "SK_ID_BUREAU"), on="SK_ID_BUREAU"
    )
    tables = {name: pl.read_parquet(folder / f"{FILES.get(name, name)}.parquet") for name in SIDES}
    for name, rows in {**tables, "bureau_balance": balances}.items():
        row = pl.struct(pl.exclude("SK_ID_CURR")).alias(name)
        batch = batch.join(rows.group_by("SK_ID_CURR").agg(row), on="SK_ID_CURR", how="left")
    return with_sources(batch)


def test_tables_give_the_scores_of_the_local_features(folder, bundle):
    names = [f.name for f in bundle.manifest.features if f.is_requested]
    local = build_features(read_tables(folder), names)
    expected = BlockScorer(bundle).score(local.features)
    batch = histories(folder).sort("SK_ID_CURR")
    results = score(bundle, batch, tables=frozenset([*SIDES, "bureau_balance", "application"]))
    assert results["reason"].null_count() == len(results)
    assert results.select(expected.columns).equals(expected)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("CREDIT_ACTIVE", "Dormant", 'is "Dormant": expected "Active"'),
        ("DAYS_CREDIT", 9.0, 'is "9.0": expected a whole number from'),
        ("DAYS_CREDIT", None, "is missing: expected a whole number from"),
        ("AMT_CREDIT_SUM", -5.0, 'is "-5.0": expected a number from 0'),
    ],
    ids=["level", "range", "missing", "negative"],
)
def test_an_applicant_with_an_invalid_history_is_rejected_alone(
    folder, bundle, column, value, reason
):
    batch = histories(folder)
    position = (batch["bureau"].list.len().fill_null(0) > 0).arg_max()
    changed = pl.element().struct.with_fields(pl.lit(value).alias(column))
    is_changed = pl.int_range(pl.len()) == position
    lists = pl.col("bureau").list.eval(changed)
    dtype = pl.String if value == "Dormant" else pl.Float64
    kind = {**batch.schema["bureau"].inner.to_schema(), column: dtype}
    histories_type = pl.List(pl.Struct(kind))
    rest = pl.col("bureau").cast(histories_type)
    batch = batch.with_columns(pl.when(is_changed).then(lists.cast(histories_type)).otherwise(rest))
    results = score(bundle, batch, tables=frozenset([*SIDES, "bureau_balance", "application"]))
    (bad,) = results.filter(pl.col("reason").is_not_null()).rows(named=True)
    assert (bad["row"], bad["field"]) == (position + 1, column)
    assert bad["reason"].startswith(f"{column} of bureau {reason}")
    assert results["probability"].count() == len(batch) - 1


class Broadcast:
    """Spark's variable as every task receives it: a new object, the same value."""

    def __init__(self, value):
        self.value = value


def test_a_python_worker_keeps_the_scorer_for_the_next_task(tmp_path):
    folder = write(tmp_path / "bundle")
    files = read_bundle_files(folder)
    digest = read_bundle(folder).manifest.pickle["sha256"]
    first, next_task = (ScoringTask(Broadcast(files), digest, None, reasons=False) for _ in "ab")
    with_reasons = ScoringTask(Broadcast(files), digest, None, reasons=True)
    assert batch_scorer(first) is batch_scorer(next_task)
    assert batch_scorer(with_reasons) is not batch_scorer(first)
