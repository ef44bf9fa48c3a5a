"""The check of one applicant: each kind of offence, its message, and all of them at once."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.errors import RequestError
from credit_scoring.features.feature import Feature
from credit_scoring.serving.requests.feature_schema import RequestSchema
from tests.serving.small_bundle import DEBT, EXAMPLE, REQUIRED, features

SIZE = "1e+30 in size at most"
SCHEMA = RequestSchema(features())


def errors(**changes):
    with pytest.raises(RequestError) as caught:
        SCHEMA.validate({**EXAMPLE, **changes})
    assert caught.value.status == 422
    return [(error.field, error.message, error.value) for error in caught.value.errors]


SENT = {
    name: st.one_of(
        st.just(EXAMPLE[name]), st.none(), st.booleans(), st.integers(), st.floats(), st.just(365243), st.just("XNA"),
        st.sampled_from(["", "0.5", "School", "Cash loans", [], {}, 10**400, 1.0, -0.0, 3.0000000001, 1e30, 1.1e30]),
    )
    for name in EXAMPLE
}  # fmt: skip


def is_right(applicant):
    try:
        SCHEMA.validate(applicant)
    except RequestError:
        return False
    return True


@settings(max_examples=500, deadline=None)
@given(
    changes=st.lists(st.fixed_dictionaries({}, optional=SENT), min_size=1, max_size=5),
    left_out=st.lists(st.sampled_from([None, *EXAMPLE]), min_size=5, max_size=5),
    more=st.sampled_from([{}, {}, {}, {"EXT_SOURCE_4": 1}]),
)
def test_who_is_plainly_right_among_many_is_right_alone(changes, left_out, more):
    sent = [{**EXAMPLE, **change, **more} for change in changes]
    sent = [
        {name: v for name, v in one.items() if name != out}
        for one, out in zip(sent, left_out, strict=False)
    ]
    plainly, numbers = SCHEMA.batch_validator.certainly_valid(sent)
    assert len(plainly) == len(sent)
    assert [
        one for one, passed in zip(sent, plainly, strict=True) if passed and not is_right(one)
    ] == []
    assert (numbers is not None) == all(plainly)


@pytest.mark.parametrize(
    "change",
    [{}, {"EXT_SOURCE_2": 0}, {"EXT_SOURCE_2": None}, {"DAYS_EMPLOYED": 365243}, {"CNT_CHILDREN": 3.0},
     {"ORGANIZATION_TYPE": "XNA"}, {"ORGANIZATION_TYPE": None}],
)  # fmt: skip
def test_nearly_all_who_are_right_are_plainly_right_whoever_comes_with_them(change):
    wrong = {**EXAMPLE, "CNT_CHILDREN": 10**400}
    assert SCHEMA.batch_validator.certainly_valid([{**EXAMPLE, **change}, EXAMPLE])[0] == [True, True]
    assert SCHEMA.batch_validator.certainly_valid([{**EXAMPLE, **change}, {**EXAMPLE, "AMT_CREDIT": -1}])[
        0
    ] == [True, False]
    assert SCHEMA.batch_validator.certainly_valid([EXAMPLE, wrong])[0] == [
        False,
        False,
    ]  # left to the check of each


def test_a_good_applicant_passes_unchanged():
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
def test_bounds_missing_values_and_the_sources_marks_for_them_pass(change):
    SCHEMA.validate({**EXAMPLE, **change})


@pytest.mark.parametrize("name", sorted(set(EXAMPLE) - set(REQUIRED)))
def test_what_was_ever_missing_in_training_may_be_left_out(name):
    SCHEMA.validate({key: value for key, value in EXAMPLE.items() if key != name})


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_what_was_never_missing_in_training_is_asked_for_by_name(name):
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
        (
            "bureau_active_debt_sum",
            1e31,
            "bureau_active_debt_sum is 1e+31: expected a number of at least 0 (currency), 1e+30 in size at most",
            1e31,
        ),
        (
            "bureau_active_debt_sum",
            10**400,
            f"{DEBT.name} is a number of about 401 digits: expected a number of at least 0 (currency), {SIZE}",
            "a number of about 401 digits",
        ),
        ("CNT_CHILDREN", 1.5, "CNT_CHILDREN is 1.5: expected a whole number from 0 to 30", 1.5),
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
def test_a_wrong_value_is_named_with_what_is_expected(name, value, message, echo):
    assert errors(**{name: value}) == [(name, message, echo)]


def test_of_many_levels_the_first_are_listed_and_the_nearest_is_hinted():
    message = errors(ORGANIZATION_TYPE="Schol")[0][1]
    assert message.startswith(
        'ORGANIZATION_TYPE is "Schol": expected one of "Advertising", "Agriculture", '
    )
    assert message.endswith(" more (see /model/features) (did you mean School?)")


def test_a_name_the_model_does_not_have_is_refused_with_the_nearest_it_has():
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


def test_a_ratio_is_computed_by_the_server_and_not_taken():
    name = "application_credit_per_income"
    message = f"{name} is computed by the server from AMT_CREDIT, AMT_INCOME_TOTAL: remove it"
    assert errors(**{name: 1.0}) == [(name, message, None)]


def test_all_offending_fields_are_named_at_once_in_the_models_order_then_in_the_order_sent():
    found = errors(zebra=1, AMT_CREDIT="a", apple=2, EXT_SOURCE_3=2, CNT_CHILDREN=None)
    assert [field for field, *_ in found] == [
        "EXT_SOURCE_3",
        "AMT_CREDIT",
        "CNT_CHILDREN",
        "zebra",
        "apple",
    ]


def test_a_lone_surrogate_in_a_name_hides_no_other_error():
    assert [field for field, *_ in errors(**{"\ud800": 1, "EXT_SOURCE_2": 2})] == [
        "EXT_SOURCE_2",
        "?",
    ]


def test_a_hundred_thousand_unknown_names_are_refused_quickly_and_briefly():
    began = time.perf_counter()
    with pytest.raises(RequestError, match="100000 fields are refused") as caught:
        SCHEMA.validate({**EXAMPLE, **{f"AMT_CREDIT{i}": i for i in range(100_000)}})
    assert len(caught.value.errors) == 200
    assert time.perf_counter() - began < 2


def test_a_refusal_does_not_carry_pydantics_text_into_a_log():
    with pytest.raises(RequestError) as caught:
        SCHEMA.validate({**EXAMPLE, "EXT_SOURCE_2": "canary"})
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_the_schema_of_a_request_is_the_models():
    schema = SCHEMA.model.model_json_schema()
    assert list(schema["properties"]) == [feature.name for feature in features() if feature.is_requested]
    assert set(schema["required"]) == set(REQUIRED)
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    "name",
    ["_id", "copy", "schema", "model_config", "__base__", "f1", "", "a b", "Prêt, €", "class"],
)
def test_a_lender_may_call_a_column_anything(name):
    """Names that Python and pydantic keep for themselves too, and our own stand-ins for them."""
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
