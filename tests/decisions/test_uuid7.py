"""Ids sort by time and hold it."""

import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.decisions.uuid7 import lowest_id_at, new_id, time_of_id

MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
MICROSECOND = timedelta(microseconds=1)


def test_an_id_is_a_uuid_of_version_7_made_now():
    before = datetime.now(UTC) - MICROSECOND
    made = new_id()
    parsed = uuid.UUID(made)
    assert (str(parsed), parsed.version, parsed.variant) == (made, 7, uuid.RFC_4122)
    assert before <= time_of_id(made) <= datetime.now(UTC)


def test_the_example_of_the_standard_is_read_right():
    # RFC 9562, A.6; its sub-millisecond bits are random there
    assert time_of_id("017f22e2-79b0-7cc3-98c4-dc0c0c07398f").replace(microsecond=0) == datetime(
        2022, 2, 22, 19, 22, 22, tzinfo=UTC
    )


def test_ten_thousand_are_all_different():
    assert len({new_id() for _ in range(10_000)}) == 10_000


@given(MOMENTS)
def test_the_lowest_id_of_a_moment_is_the_first_that_is_not_before_it(at):
    lowest = lowest_id_at(at)
    assert time_of_id(lowest) == at
    assert lowest_id_at(at - MICROSECOND) < lowest < lowest_id_at(at + MICROSECOND)
    before = f"{uuid.UUID(int=uuid.UUID(lowest).int - (1 << 64))}"
    assert time_of_id(before) < at or before[14] != "7"
