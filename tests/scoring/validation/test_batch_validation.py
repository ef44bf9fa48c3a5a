"""The fast path of batch validation passes only valid applicants, and all the usual ones."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_scoring.errors import RequestError
from credit_scoring.scoring.validation.feature_schema import RequestSchema
from tests.serving.small_bundle import EXAMPLE, features

SCHEMA = RequestSchema(features())
SENT_VALUES = {
    name: st.one_of(
        st.just(EXAMPLE[name]), st.none(), st.booleans(), st.integers(), st.floats(),
        st.sampled_from([0, 365243, "XNA", "", "0.5", "School", "Cash loans", [], {}, 10**400, 1.0,
                         -0.0, 3.0000000001, 1e-10, 2.9999999999, 1e30, 1.1e30]),
    )
    for name in EXAMPLE
}  # fmt: skip


def is_valid(applicant):
    try:
        SCHEMA.validate(applicant)
    except RequestError:
        return False
    return True


@settings(max_examples=500)
@given(
    changes=st.lists(st.fixed_dictionaries({}, optional=SENT_VALUES), min_size=1, max_size=5),
    left_out=st.lists(st.sampled_from([None, *EXAMPLE]), min_size=5, max_size=5),
    more=st.sampled_from([{}, {}, {}, {"EXT_SOURCE_4": 1}]),
)
def test_batch_validator_passes_only_valid_applicants(changes, left_out, more):
    sent = [{**EXAMPLE, **change, **more} for change in changes]
    sent = [
        {name: value for name, value in applicant.items() if name != absent}
        for applicant, absent in zip(sent, left_out, strict=False)
    ]
    certainly_valid_flags, numbers = SCHEMA.batch_validator.certainly_valid(sent)
    assert len(certainly_valid_flags) == len(sent)
    assert [
        one
        for one, passed in zip(sent, certainly_valid_flags, strict=True)
        if passed and not is_valid(one)
    ] == []
    assert (numbers is not None) == all(certainly_valid_flags)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"EXT_SOURCE_2": 0},
        {"EXT_SOURCE_2": None},
        {"DAYS_EMPLOYED": 365243},
        {"CNT_CHILDREN": 3.0},
        {"ORGANIZATION_TYPE": "XNA"},
        {"ORGANIZATION_TYPE": None},
    ],
)
def test_batch_validator_passes_usual_applicants(change):
    certainly_valid = SCHEMA.batch_validator.certainly_valid
    usual = {**EXAMPLE, **change}
    assert certainly_valid([usual, EXAMPLE])[0] == [True, True]
    assert certainly_valid([usual, {**EXAMPLE, "AMT_CREDIT": -1}])[0] == [True, False]


@pytest.mark.parametrize("amount", [0, 0.0, -0.0])
def test_batch_validator_leaves_amounts_of_zero_to_the_schema(amount):
    zero = {**EXAMPLE, "AMT_CREDIT": amount}
    assert SCHEMA.batch_validator.certainly_valid([EXAMPLE, zero])[0] == [True, False]


def test_batch_validator_leaves_huge_numbers_to_the_schema():
    """One number of more than 308 digits prevents the arrays for all."""
    huge = {**EXAMPLE, "CNT_CHILDREN": 10**400}
    assert SCHEMA.batch_validator.certainly_valid([EXAMPLE, huge])[0] == [False, False]
