"""UUIDs of version 7 sort by time and contain it."""

import doctest
import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.decisions import uuid7
from credit_scoring.decisions.uuid7 import lowest_id_at, new_id, time_of_id

TIMES = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
MICROSECOND = timedelta(microseconds=1)


def test_new_id_is_a_uuid_of_now():
    before = datetime.now(UTC) - MICROSECOND
    text = new_id()
    parsed = uuid.UUID(text)
    assert (str(parsed), parsed.version, parsed.variant) == (text, 7, uuid.RFC_4122)
    assert before <= time_of_id(text) <= datetime.now(UTC)


def test_example_of_the_standard_is_read():
    # RFC 9562, A.6; its sub-millisecond bits are random there
    time = time_of_id("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
    assert time.replace(microsecond=0) == datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)


def test_ten_thousand_ids_are_all_different():
    assert len({new_id() for _ in range(10_000)}) == 10_000


@given(TIMES)
def test_lowest_id_is_the_first_of_its_time(at):
    lowest = lowest_id_at(at)
    assert time_of_id(lowest) == at
    assert lowest_id_at(at - MICROSECOND) < lowest < lowest_id_at(at + MICROSECOND)
    before = f"{uuid.UUID(int=uuid.UUID(lowest).int - (1 << 64))}"
    assert time_of_id(before) < at or before[14] != "7"


def test_documented_examples_are_right():
    assert doctest.testmod(uuid7) == (0, 3)
