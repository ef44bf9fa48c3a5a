"""Default rates by feature equal plain counting; the plots are PNG files."""

import polars as pl
import pytest

from credit_scoring.confidence_interval import wilson_interval
from credit_scoring.errors import FeatureError
from credit_scoring.features.assemble import FeatureTable
from credit_scoring.features.feature import Feature
from credit_scoring.laboratory.exploration import (
    MISSING,
    default_rates,
    plot_default_rates,
    plot_missing_values,
)

PNG = b"\x89PNG"


def make_table(target=(1, 0, 0, 1, 0, 1), **columns):
    features = pl.DataFrame(columns)
    catalogue = tuple(
        Feature(name, "application", "", levels=tuple(dtype.categories) if dtype == pl.Enum else ())
        for name, dtype in features.schema.items()
    )
    return FeatureTable(
        pl.Series(range(len(features))), features, target and pl.Series("TARGET", target), catalogue
    )


def counts(rates):
    return [(rate.name, rate.applicants, rate.defaults) for rate in rates]


def test_levels_are_ordered_by_frequency_missing_last():
    job = pl.Series(
        ["cook", None, "clerk", "clerk", None, "clerk"], dtype=pl.Enum(["clerk", "cook", "pilot"])
    )
    assert counts(default_rates(make_table(job=job), "job")) == [
        ("clerk", 3, 2),
        ("cook", 1, 1),
        (MISSING, 2, 0),
    ]


def test_few_distinct_values_are_their_own_groups():
    assert counts(default_rates(make_table(flag=[0, 1, 0, 1, 1, None]), "flag")) == [
        ("0", 2, 1),
        ("1", 3, 1),
        (MISSING, 1, 1),
    ]


def test_numbers_are_binned_by_quantile():
    amount = [float(i) for i in range(100)]
    groups = default_rates(
        make_table(target=[i % 4 == 0 for i in range(100)], amount=amount), "amount"
    )
    assert [group.applicants for group in groups] == [20] * 5
    assert [group.name for group in groups][:2] == ["0 to 19", "19 to 39"]
    assert sum(group.defaults for group in groups) == 25


def test_rate_has_the_wilson_interval():
    (group,) = default_rates(make_table(flag=[1] * 6), "flag")
    assert group.rate == 0.5
    assert group.interval == wilson_interval(0.5, 6)


def test_missing_outcomes_and_unknown_feature_are_refused():
    with pytest.raises(FeatureError, match="no TARGET"):
        default_rates(make_table(target=None, flag=[1]), "flag")
    with pytest.raises(FeatureError, match=r"falg is not a feature.*flag"):
        default_rates(make_table(flag=[0] * 6), "falg")


def test_plots_are_png_files(sample_folder, feature_table):
    from credit_scoring.contracts.contract import contracts
    from credit_scoring.tables.profile import profile_table
    from credit_scoring.tables.read_tables import read_tables

    facts = {
        name: profile_table(frame, contracts()[name])
        for name, frame in read_tables(sample_folder).items()
    }
    assert plot_missing_values(facts).startswith(PNG)
    names = ["EXT_SOURCE_2", "NAME_EDUCATION_TYPE", "instalments_late_mean"]
    assert plot_default_rates(feature_table, names).startswith(PNG)
