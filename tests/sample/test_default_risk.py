"""The sample's default risk is known, documented and can be recovered from the tables."""

from pathlib import Path

import numpy as np
import polars as pl

from credit_scoring.contracts.contract import contracts
from credit_scoring.sample.columns import TextColumn
from credit_scoring.sample.default_risk import COMPONENTS, INTERCEPT, default_probability
from tests.sample.real_set import APPLICANTS


def area_under_curve(score, target):
    rank = score.rank("average").to_numpy()
    bad = target.to_numpy() == 1
    return (rank[bad].sum() - bad.sum() * (bad.sum() + 1) / 2) / (bad.sum() * (~bad).sum())


def generated_columns(frame):
    """The columns of a written table as the generator held them."""
    return {name: generated_column(frame[name]) for name in frame.columns}


def generated_column(values):
    if values.dtype == pl.String:
        labels = tuple(values.drop_nulls().unique().sort())
        codes = values.replace_strict(labels, range(len(labels)), default=len(labels))
        return TextColumn(codes.to_numpy(), labels)
    return values.cast(pl.Float64 if values.dtype.is_float() else pl.Int64).to_numpy()


def test_about_eight_in_a_hundred_default(tables):
    assert 0.075 < tables["truth"]["probability"].mean() < 0.085
    assert 0.065 < tables["application_train"]["TARGET"].mean() < 0.095


def test_every_applicant_has_one_probability(applications, tables):
    assert tables["truth"].height == applications.height == APPLICANTS
    assert tables["truth"].schema == {"SK_ID_CURR": pl.Int32, "probability": pl.Float64}
    assert applications["probability"].is_between(0, 1, closed="none").all()


def test_the_probability_is_computed_from_the_tables(applications, tables):
    columns = {
        table.name: generated_columns(tables[table.file])
        for table in contracts().values()
        if table.name != "application"
    }
    columns["application"] = generated_columns(applications)
    recomputed = default_probability(columns, columns["application"]["SK_ID_CURR"])
    assert np.abs(recomputed - applications["probability"].to_numpy()).max() < 1e-6


def test_the_probability_is_calibrated(applications):
    train = applications.filter(pl.col("TARGET").is_not_null())
    for fifth in train.sort("probability").iter_slices(train.height // 5 + 1):
        p = fifth["probability"]
        spread = (p * (1 - p)).sum() ** 0.5
        assert abs(fifth["TARGET"].sum() - p.sum()) < 3 * spread


def test_the_probability_separates_better_than_any_column(applications):
    train = applications.filter(pl.col("TARGET").is_not_null())
    true_auc = area_under_curve(train["probability"], train["TARGET"])
    assert 0.79 < true_auc < 0.88
    for column in contracts()["application"].numbers:
        known = train.filter(pl.col(column.name).is_not_null())
        auc = area_under_curve(known[column.name], known["TARGET"])
        assert max(auc, 1 - auc) < true_auc - 0.02, column.name


def test_the_components_are_documented():
    page = (Path(__file__).parents[2] / "docs/sample.md").read_text(encoding="utf-8")
    assert f"intercept of {INTERCEPT:g}" in page
    for name, c in COMPONENTS.items():
        row = f"| `{name}` | {c.table} | {c.meaning} | {c.centre:g} | {c.scale:g} | {c.weight:+g} |"
        assert row in page


def test_every_table_has_a_component():
    assert {component.table for component in COMPONENTS.values()} == set(contracts())


def test_no_component_reads_a_sensitive_attribute():
    sensitive = {c.name for c in contracts()["application"].columns if c.is_sensitive}
    for component in COMPONENTS.values():
        assert sensitive.isdisjoint(component.measure.__code__.co_consts)
