"""The controls of the what-if panel: which inputs, and in which range."""

from dataclasses import replace

import pytest

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.contracts.scalar_check import is_valid
from credit_scoring.features.feature import Feature
from credit_scoring.serving.pages.what_if_controls import OFFERED, controls

OWN = Feature("income", "loans", "income per year", minimum=0)


def own(name, importance=0.1, **changes):
    return ModelFeature(replace(OWN, name=name, **changes), "input", True, importance)


@pytest.fixture(scope="module")
def made(deployed, high_risk):
    features = deployed.scorer.requested_features
    return {
        control.feature.name: control
        for control in controls(features, high_risk, deployed.bundle.manifest.reference)
    }


def test_the_amounts_of_the_loan_are_offered_first(made):
    offered = [name for name, control in made.items() if control.is_offered]
    assert offered == [*made][:3] == ["AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE"]


def test_only_the_application_can_be_tried(made):
    assert {control.feature.feature.table for control in made.values()} == {"application"}


def test_sliders_hold_valid_values_and_that_of_the_applicant(made, high_risk):
    sliders = {name: control for name, control in made.items() if control.slider}
    assert {"AMT_CREDIT", "DAYS_EMPLOYED", "EXT_SOURCE_1"} <= sliders.keys()
    for name, control in sliders.items():
        low, high, step = vars(control.slider).values()
        sign = -1 if control.sense == "duration" else 1
        assert is_valid(sign * low, control.feature.feature), name
        assert is_valid(sign * high, control.feature.feature), name
        assert 50 <= (high - low) / step <= 130, name
        value = high_risk[name] and sign * high_risk[name]
        if value is not None:
            assert control.start == value
            assert low <= value <= high
            assert (value - low) / step == pytest.approx(round((value - low) / step), abs=1e-6)


def test_amounts_go_from_half_to_twice_the_application(made, high_risk):
    slider = made["AMT_CREDIT"].slider
    credit = high_risk["AMT_CREDIT"]
    assert slider.low == pytest.approx(credit / 2, rel=0.05)
    assert slider.high == pytest.approx(credit * 2, rel=0.05)


def test_levels_and_flags_are_lists(made):
    assert made["ORGANIZATION_TYPE"].options == made["ORGANIZATION_TYPE"].feature.feature.levels
    (flag,) = controls([own("is_local", whole=True, maximum=1)], {"is_local": 1}, None)
    assert flag.options == (1, 0)


def test_a_mark_for_a_missing_value_is_no_value(deployed, high_risk):
    inputs = {**high_risk, "DAYS_EMPLOYED": 365243, "ORGANIZATION_TYPE": "XNA"}
    made = controls(deployed.scorer.requested_features, inputs, deployed.bundle.manifest.reference)
    values = {control.feature.name: control.value for control in made}
    assert values["DAYS_EMPLOYED"] is values["ORGANIZATION_TYPE"] is None


def test_the_most_important_inputs_of_a_lender_are_offered():
    features = [own(f"own_{i}", i / 10, levels=("a", "b")) for i in range(5)]
    made = controls(features, {}, None)
    assert [control.feature.name for control in made] == [f"own_{i}" for i in (4, 3, 2, 1, 0)]
    assert [control.is_offered for control in made] == [True] * OFFERED + [False] * 2


def test_protected_attributes_and_numbers_of_unknown_range_have_no_control():
    protected = own("age", sensitive="prohibited", levels=("a", "b"))
    assert controls([protected, own("income")], {"income": 5.0}, None) == []


def test_a_slider_stays_above_an_exclusive_minimum():
    credit = ModelFeature(
        Feature("AMT_CREDIT", "application", "amount", minimum=0, exclusive_minimum=True),
        "input", nullable=False,
    )  # fmt: skip
    (control,) = controls([credit], {"AMT_CREDIT": 0.01}, None)
    assert 0 < control.slider.low < 0.01 < control.slider.high
