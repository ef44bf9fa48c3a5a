"""A first look: groups of applicants and how often they default, against plain counting; the pictures are pictures."""

import polars as pl
import pytest

from credit_scoring.errors import FeatureError
from credit_scoring.features.assemble import FeatureTable
from credit_scoring.features.feature import Feature
from credit_scoring.laboratory.exploration import (
    MISSING,
    default_rates,
    missing_picture,
    rates_picture,
)
from credit_scoring.training.calibration_metrics import wilson_interval

PNG = b"\x89PNG"


def table(target=(1, 0, 0, 1, 0, 1), **columns):
    features = pl.DataFrame(columns)
    catalogue = tuple(
        Feature(name, "application", "", levels=tuple(dtype.categories) if dtype == pl.Enum else ())
        for name, dtype in features.schema.items()
    )
    return FeatureTable(
        pl.Series(range(len(features))), features, target and pl.Series("TARGET", target), catalogue
    )


def told(groups):
    return [(group.name, group.applicants, group.defaults) for group in groups]


def test_a_category_is_told_level_by_level_the_commonest_first_and_missing_last():
    job = pl.Series(
        ["cook", None, "clerk", "clerk", None, "clerk"], dtype=pl.Enum(["clerk", "cook", "pilot"])
    )
    assert told(default_rates(table(job=job), "job")) == [
        ("clerk", 3, 2),
        ("cook", 1, 1),
        (MISSING, 2, 0),
    ]


def test_a_number_of_few_values_is_told_value_by_value():
    assert told(default_rates(table(flag=[0, 1, 0, 1, 1, None]), "flag")) == [
        ("0", 2, 1),
        ("1", 3, 1),
        (MISSING, 1, 1),
    ]


def test_a_number_is_cut_into_parts_alike_in_size_that_hold_everybody():
    amount = [float(i) for i in range(100)]
    groups = default_rates(table(target=[i % 4 == 0 for i in range(100)], amount=amount), "amount")
    assert [group.applicants for group in groups] == [20] * 5
    assert [group.name for group in groups][:2] == ["0 to 19", "19 to 39"]
    assert sum(group.defaults for group in groups) == 25


def test_a_rate_has_wilson_s_interval():
    (group,) = default_rates(table(flag=[1] * 6), "flag")
    assert group.rate == 0.5
    assert group.interval == wilson_interval(0.5, 6)


def test_without_outcomes_or_with_an_unknown_name_the_error_says_so():
    with pytest.raises(FeatureError, match="no TARGET"):
        default_rates(table(target=None, flag=[1]), "flag")
    with pytest.raises(FeatureError, match=r"falg is no feature.*flag"):
        default_rates(table(flag=[0] * 6), "falg")


def test_the_pictures_are_png_files(sample_folder, feature_table):
    from credit_scoring.contracts.contract import contracts
    from credit_scoring.tables.profile import table_facts
    from credit_scoring.tables.read_tables import read_tables

    facts = {
        name: table_facts(frame, contracts()[name])
        for name, frame in read_tables(sample_folder).items()
    }
    assert missing_picture(facts).startswith(PNG)
    names = ["EXT_SOURCE_2", "NAME_EDUCATION_TYPE", "instalments_late_mean"]
    assert rates_picture(feature_table, names).startswith(PNG)
