"""The feature table in parts: the same values as the whole, in bounded memory."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from credit_scoring.errors import FeatureError
from credit_scoring.features.feature_parts import feature_parts
from credit_scoring.tables.read_tables import read_tables


@pytest.fixture(scope="module")
def tables(sample_folder):
    return read_tables(sample_folder)


def parts_of(tables, size, **options):
    return list(feature_parts(tables, applicants_per_part=size, **options))


def assert_equal(parts, table):
    """The parts are the rows of `table`, bit for bit."""
    features = pl.concat([part.features for part in parts])
    assert_frame_equal(features, table.features, check_exact=True)
    assert pl.concat([part.applicant for part in parts]).equals(table.applicant)
    assert pl.concat([part.target for part in parts]).equals(table.target)
    assert {part.catalogue for part in parts} == {table.catalogue}


def test_parts_are_the_rows_of_the_feature_table(tables, feature_table):
    size = len(feature_table.applicant) // 3
    parts = parts_of(tables, size)
    assert [len(part.applicant) for part in parts[:3]] == [size] * 3
    assert_equal(parts, feature_table)


def test_parts_start_at_any_part(tables):
    parts = parts_of(tables, 100)
    resumed = parts_of(tables, 100, first_part=2)
    assert [part.applicant[0] for part in resumed] == [part.applicant[0] for part in parts[2:]]
    assert_frame_equal(resumed[0].features, parts[2].features, check_exact=True)


def test_a_repeated_applicant_is_refused(tables):
    repeated = pl.concat([tables["application"], tables["application"].head(1)])
    with pytest.raises(FeatureError, match="is 2 times in the application table"):
        parts_of({**tables, "application": repeated}, 100)
