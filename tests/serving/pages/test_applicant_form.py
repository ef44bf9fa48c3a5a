"""The layout of the form: groups of the application, the history, and any lender's own fields."""

from dataclasses import replace

import pytest

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.contracts.contract import contracts
from credit_scoring.features.feature import Feature, column_feature
from credit_scoring.serving.pages.applicant_form import (
    OPEN_FIELDS,
    OTHER,
    form_layout,
    group_of,
    total_importance,
)

LENDERS = [
    ModelFeature(Feature(f"own {i}", "loans", "a number"), "input", nullable=True, importance=i / 9)
    for i in range(OPEN_FIELDS + 2)
]


def names(features):
    return [feature.name for feature in features]


@pytest.fixture
def scorer(app):
    return app.extensions["credit_scoring"].scorer


@pytest.fixture
def manifest(app):
    return app.extensions["credit_scoring"].bundle.manifest


def test_every_column_of_the_application_has_a_group():
    columns = [
        c for c in contracts()["application"].columns if c.use not in ("key", "target", "time")
    ]
    features = [
        ModelFeature(column_feature(c, "application"), "input", nullable=True) for c in columns
    ]
    assert [feature.name for feature in features if group_of(feature) == OTHER] == []


def test_the_building_and_documents_are_folded():
    columns = {c.name: c for c in contracts()["application"].columns}
    features = [
        ModelFeature(column_feature(columns[name], "application"), "input", nullable=True)
        for name in ("LIVINGAREA_AVG", "FLAG_DOCUMENT_3", "NAME_HOUSING_TYPE")
    ]
    groups = {group.name: group for group in form_layout(features, features).groups}
    assert names(groups["home"].opened) == ["NAME_HOUSING_TYPE"]
    assert names(groups["building"].folded) == ["LIVINGAREA_AVG"]
    assert names(groups["documents"].folded) == ["FLAG_DOCUMENT_3"]


def test_fields_are_grouped_and_the_history_is_apart(scorer, manifest):
    layout = form_layout(scorer.requested_features, manifest.features)
    assert {group.name: names(group.opened) for group in layout.groups} == {
        "loan": ["AMT_CREDIT", "NAME_CONTRACT_TYPE"],
        "person": ["CNT_CHILDREN"],
        "work": ["AMT_INCOME_TOTAL", "ORGANIZATION_TYPE", "DAYS_EMPLOYED"],
        "external": ["EXT_SOURCE_2", "EXT_SOURCE_3"],
    }
    history = {table: names(features) for table, features in layout.history.items()}
    assert history == {"bureau": ["bureau_active_debt_sum"]}


def test_a_lenders_table_has_one_group_by_importance():
    layout = form_layout(LENDERS, LENDERS)
    (group,) = layout.groups
    assert group.name == OTHER
    assert names(group.opened) == names(reversed(LENDERS[2:]))
    assert names(group.folded) == ["own 1", "own 0"]
    assert layout.history == {}


def test_ratio_importance_goes_to_its_inputs(manifest):
    weight = total_importance(manifest.features)
    assert weight["AMT_INCOME_TOTAL"] == pytest.approx(0.1)
    assert weight["AMT_CREDIT"] == pytest.approx(0.2)


def test_a_lenders_column_may_be_called_like_ours():
    own = replace(LENDERS[0], feature=replace(LENDERS[0].feature, name="AMT_CREDIT"))
    assert group_of(own) == OTHER
