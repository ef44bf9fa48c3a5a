"""The feature table in parts: the same values as the whole, in bounded memory."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from credit_scoring.errors import FeatureError
from credit_scoring.features import partitioned_tables
from credit_scoring.features.assemble import build_features
from credit_scoring.features.feature_parts import feature_parts
from credit_scoring.tables import sorted_runs
from credit_scoring.tables.read_tables import read_tables

SOME_NAMES = ("EXT_SOURCE_2", "application_credit_per_income", "bureau_balance_worst_max")


@pytest.fixture(scope="module")
def tables(sample_folder):
    return read_tables(sample_folder)


@pytest.fixture
def small_runs(monkeypatch):
    """Runs of a few thousand rows and ranges of some hundred credits, as long tables have many."""
    monkeypatch.setattr(sorted_runs, "RUN_BYTES", 100_000)
    monkeypatch.setattr(partitioned_tables, "CREDITS_PER_RANGE", 640)


def parts_of(tables, size, names=None, **options):
    return list(feature_parts(tables, names, applicants_per_part=size, **options))


def assert_equal(parts, table):
    """The parts are the rows of `table`, bit for bit."""
    features = pl.concat([part.features for part in parts])
    assert_frame_equal(features, table.features, check_exact=True)
    assert pl.concat([part.applicant for part in parts]).equals(table.applicant)
    assert pl.concat([part.target for part in parts]).equals(table.target)
    assert {part.catalogue for part in parts} == {table.catalogue}


def shuffled(tables):
    return {
        name: frame.collect().sample(fraction=1, shuffle=True, seed=7).lazy()
        for name, frame in tables.items()
    }


def test_parts_are_the_rows_of_the_feature_table(tables, feature_table):
    size = len(feature_table.applicant) // 3
    parts = parts_of(tables, size)
    assert [len(part.applicant) for part in parts[:3]] == [size] * 3
    assert_equal(parts, feature_table)


@pytest.mark.usefixtures("small_runs")
def test_parts_do_not_depend_on_the_runs_or_the_order_of_the_rows(tables, feature_table):
    assert_equal(parts_of(shuffled(tables), 250), feature_table)


def test_parts_have_the_requested_features(tables):
    expected = build_features(tables, SOME_NAMES)
    assert_equal(parts_of(tables, 400, SOME_NAMES), expected)


@pytest.mark.parametrize("absent", ["bureau_balance", "bureau", "installments_payments"])
def test_a_side_table_may_be_absent(tables, absent):
    present = {name: frame for name, frame in tables.items() if name != absent}
    assert_equal(parts_of(present, 500), build_features(present))


def test_a_side_table_may_be_empty(tables):
    empty = {
        name: frame if name == "application" else frame.clear() for name, frame in tables.items()
    }
    assert_equal(parts_of(empty, 500), build_features(empty))


def test_a_credit_of_two_applicants_is_counted_for_both(tables):
    bureau = tables["bureau"].collect()
    other = bureau["SK_ID_CURR"][-1]
    copies = bureau.head(50).with_columns(SK_ID_CURR=pl.lit(other, pl.Int32))
    repeated = {**tables, "bureau": pl.concat([bureau, copies, bureau.head(20)]).lazy()}
    assert_equal(parts_of(repeated, 300), build_features(repeated))


@pytest.mark.parametrize("first_part", [0, 2, 8])
def test_parts_start_at_any_part(tables, first_part):
    parts = parts_of(tables, 100, SOME_NAMES)
    resumed = parts_of(tables, 100, SOME_NAMES, first_part=first_part)
    assert len(resumed) == len(parts) - first_part
    for part, expected in zip(resumed, parts[first_part:], strict=True):
        assert part.applicant.equals(expected.applicant)
        assert_frame_equal(part.features, expected.features, check_exact=True)


def test_there_are_no_parts_after_the_last(tables):
    assert parts_of(tables, 100, SOME_NAMES, first_part=1000) == []


def test_a_repeated_applicant_is_refused(tables):
    repeated = pl.concat([tables["application"], tables["application"].head(1)])
    with pytest.raises(FeatureError, match="occurs 2 times in the application table"):
        feature_parts({**tables, "application": repeated})


def test_an_unknown_feature_is_refused_before_the_first_part(tables):
    with pytest.raises(FeatureError, match="no_such is not a feature of these tables"):
        feature_parts(tables, ["no_such"])


def test_the_scratch_folder_is_empty_afterwards(tables, tmp_path):
    left_by_a_killed_process = tmp_path / "sorted-rows" / "application"
    left_by_a_killed_process.mkdir(parents=True)
    parts = feature_parts(tables, SOME_NAMES, applicants_per_part=100, scratch=tmp_path)
    next(parts)
    assert {path.name for path in tmp_path.glob("sorted-rows/*/*")} == {"0.arrow"}
    parts.close()
    assert list(tmp_path.iterdir()) == []
