"""Validation of features: the message of each kind of error, and all errors together."""

import time

import pytest

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.errors import RequestError
from credit_scoring.features.feature import Feature
from credit_scoring.scoring.validation.feature_schema import RequestSchema
from tests.serving.small_bundle import DEBT, EXAMPLE, REQUIRED, features

DEBT_VALUES = "a number of at least 0 (currency), 1e+30 in size at most"
SCHEMA = RequestSchema(features())


def errors(**changes):
    with pytest.raises(RequestError) as caught:
        SCHEMA.validate({**EXAMPLE, **changes})
    assert caught.value.status == 422
    return [(error.field, error.message, error.value) for error in caught.value.errors]


def test_valid_applicant_passes_unchanged():
    assert SCHEMA.validate(EXAMPLE) is EXAMPLE


@pytest.mark.parametrize(
    "change",
    [
        {"EXT_SOURCE_2": 0},
        {"EXT_SOURCE_2": 1.0},
        {"EXT_SOURCE_2": None},
        {"DAYS_EMPLOYED": 365243},
        {"DAYS_EMPLOYED": 365243.0},
        {"CNT_CHILDREN": 3.0},
        {"ORGANIZATION_TYPE": "XNA"},
        {"ORGANIZATION_TYPE": None},
    ],
)
def test_bounds_and_missing_marks_are_valid(change):
    SCHEMA.validate({**EXAMPLE, **change})


@pytest.mark.parametrize("name", sorted(set(EXAMPLE) - set(REQUIRED)))
def test_nullable_features_may_be_left_out(name):
    SCHEMA.validate({key: value for key, value in EXAMPLE.items() if key != name})


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_other_features_are_required(name):
    with pytest.raises(RequestError) as caught:
        SCHEMA.validate({key: value for key, value in EXAMPLE.items() if key != name})
    assert [error.field for error in caught.value.errors] == [name]
    assert str(caught.value).startswith(f"{name} is missing: expected ")
    assert errors(**{name: None})[0][1].startswith(f"{name} is null: expected ")


@pytest.mark.parametrize(
    ("name", "value", "message", "echo"),
    [
        ("EXT_SOURCE_2", 57, "EXT_SOURCE_2 is 57: expected a number from 0 to 1", 57),
        ("EXT_SOURCE_2", -0.1, "EXT_SOURCE_2 is -0.1: expected a number from 0 to 1", -0.1),
        ("EXT_SOURCE_2", True, "EXT_SOURCE_2 is true: expected a number from 0 to 1", True),
        ("EXT_SOURCE_2", "0.5", 'EXT_SOURCE_2 is "0.5": expected a number from 0 to 1', "0.5"),
        ("EXT_SOURCE_2", "", 'EXT_SOURCE_2 is "": expected a number from 0 to 1', ""),
        ("EXT_SOURCE_2", float("nan"), "EXT_SOURCE_2 is NaN: expected a number from 0 to 1", "NaN"),
        (
            "EXT_SOURCE_2",
            float("inf"),
            "EXT_SOURCE_2 is Infinity: expected a number from 0 to 1",
            "Infinity",
        ),
        ("EXT_SOURCE_2", 1e300, "EXT_SOURCE_2 is 1e+300: expected a number from 0 to 1", "1e+300"),
        ("EXT_SOURCE_2", [0.5], "EXT_SOURCE_2 is a list: expected a number from 0 to 1", "a list"),
        (
            "EXT_SOURCE_2",
            {"a": 1},
            "EXT_SOURCE_2 is an object: expected a number from 0 to 1",
            "an object",
        ),
        (
            "EXT_SOURCE_2",
            10**400,
            "EXT_SOURCE_2 is a number of about 401 digits: expected a number from 0 to 1",
            "a number of about 401 digits",
        ),
        (
            "bureau_active_debt_sum",
            -1,
            "bureau_active_debt_sum is -1: expected a number of at least 0 (currency)",
            -1,
        ),
        ("bureau_active_debt_sum", 1e31, f"{DEBT.name} is 1e+31: expected {DEBT_VALUES}", 1e31),
        (
            "bureau_active_debt_sum",
            10**400,
            f"{DEBT.name} is a number of about 401 digits: expected {DEBT_VALUES}",
            "a number of about 401 digits",
        ),
        (
            "AMT_CREDIT",
            0.0,
            "AMT_CREDIT is 0.0: expected a number greater than 0 and at most 1000000000 (currency)",
            0.0,
        ),
        ("CNT_CHILDREN", 1.5, "CNT_CHILDREN is 1.5: expected a whole number from 0 to 30", 1.5),
        (
            "CNT_CHILDREN",
            2.9999999999,
            "CNT_CHILDREN is 2.9999999999: expected a whole number from 0 to 30",
            2.9999999999,
        ),
        (
            "CNT_CHILDREN",
            1e-10,
            "CNT_CHILDREN is 1e-10: expected a whole number from 0 to 30",
            1e-10,
        ),
        (
            "DAYS_EMPLOYED",
            365242,
            "DAYS_EMPLOYED is 365242: expected a whole number from -25000 to 0 (days)",
            365242,
        ),
        (
            "NAME_CONTRACT_TYPE",
            "Cash",
            'NAME_CONTRACT_TYPE is "Cash": expected one of "Cash loans", "Revolving loans"',
            "Cash",
        ),
        (
            "NAME_CONTRACT_TYPE",
            "\ud800",
            'NAME_CONTRACT_TYPE is "?": expected one of "Cash loans", "Revolving loans"',
            "?",
        ),
        (
            "NAME_CONTRACT_TYPE",
            0,
            'NAME_CONTRACT_TYPE is 0: expected one of "Cash loans", "Revolving loans"',
            0,
        ),
        (
            "NAME_CONTRACT_TYPE",
            "x" * 10_000,
            f'NAME_CONTRACT_TYPE is "{"x" * 60}…": expected one of "Cash loans", "Revolving loans"',
            f"{'x' * 60}…",
        ),
    ],
)
def test_invalid_value_is_named_with_the_remedy(name, value, message, echo):
    assert errors(**{name: value}) == [(name, message, echo)]


def test_long_lists_of_levels_are_cut():
    message = errors(ORGANIZATION_TYPE="Schol")[0][1]
    assert message.startswith(
        'ORGANIZATION_TYPE is "Schol": expected one of "Advertising", "Agriculture", '
    )
    assert message.endswith(" more (see /model/features) (did you mean School?)")


def test_unknown_name_gets_a_hint():
    assert errors(AMT_CREDITS=1) == [
        (
            "AMT_CREDITS",
            "AMT_CREDITS is not a feature of this model (did you mean AMT_CREDIT?): remove it",
            None,
        )
    ]
    assert errors(SK_ID_CURR=1) == [
        ("SK_ID_CURR", "SK_ID_CURR is not a feature of this model: remove it", None)
    ]


def test_derived_feature_is_refused():
    name = "application_credit_per_income"
    message = f"{name} is computed by the server from AMT_CREDIT, AMT_INCOME_TOTAL: remove it"
    assert errors(**{name: 1.0}) == [(name, message, None)]


def test_all_offending_fields_are_named_in_order():
    found = errors(zebra=1, AMT_CREDIT="a", apple=2, EXT_SOURCE_3=2, CNT_CHILDREN=None)
    assert [field for field, *_ in found] == [
        "EXT_SOURCE_3",
        "AMT_CREDIT",
        "CNT_CHILDREN",
        "zebra",
        "apple",
    ]


def test_lone_surrogate_hides_no_other_error():
    assert [field for field, *_ in errors(**{"\ud800": 1, "EXT_SOURCE_2": 2})] == [
        "EXT_SOURCE_2",
        "?",
    ]


def test_many_unknown_names_are_refused_quickly():
    """In linear time: in quadratic time they would take an hour."""
    began = time.process_time()
    with pytest.raises(RequestError, match="100000 fields are refused") as caught:
        SCHEMA.validate({**EXAMPLE, **{f"AMT_CREDIT{i}": i for i in range(100_000)}})
    assert len(caught.value.errors) == 200
    assert time.process_time() - began < 30


def test_refusal_does_not_carry_pydantics_message():
    with pytest.raises(RequestError) as caught:
        SCHEMA.validate({**EXAMPLE, "EXT_SOURCE_2": "canary"})
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_json_schema_is_the_models():
    schema = SCHEMA.model.model_json_schema()
    assert list(schema["properties"]) == [
        feature.name for feature in features() if feature.is_requested
    ]
    assert set(schema["required"]) == set(REQUIRED)
    assert schema["additionalProperties"] is False
    credit = {"type": "number", "exclusiveMinimum": 0, "maximum": 1e9}
    assert credit.items() <= schema["properties"]["AMT_CREDIT"].items()
    children = {"type": "integer", "minimum": 0, "maximum": 30}
    assert children.items() <= schema["properties"]["CNT_CHILDREN"].items()


@pytest.mark.parametrize(
    "name",
    ["_id", "copy", "schema", "model_config", "__base__", "f1", "", "a b", "Prêt, €", "class"],
)
def test_feature_may_have_any_name(name):
    """Names reserved by Python and pydantic, and the internal names of the fields, are accepted."""
    named = [
        ModelFeature(Feature(other, "loans", other, maximum=9), "input", nullable=False)
        for other in ("x", name)
    ]
    schema = RequestSchema(named)
    assert schema.validate({"x": 1.0, name: 3.0})
    with pytest.raises(RequestError) as caught:
        schema.validate({"x": 1.0, name: 30.0})
    assert [error.field for error in caught.value.errors] == [name]
    with pytest.raises(RequestError) as caught:
        schema.validate({"x": 1.0, name: 3.0, "f0": 3.0})
    assert [error.field for error in caught.value.errors] == ["f0"]
