"""UUIDs of version 7 (RFC 9562): their text sorts by creation time, to 1/4096 of a millisecond."""

import os
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FRACTIONS = 4096  # per millisecond, in the 12 bits after the version
NANOSECONDS = 1_000_000  # per millisecond


def new_id() -> str:
    """Return an id for the current time.

    >>> new_id() < new_id()
    True
    """
    milliseconds, nanoseconds = divmod(time.time_ns(), NANOSECONDS)
    random_bits = int.from_bytes(os.urandom(8))
    return _uuid(milliseconds, nanoseconds * FRACTIONS // NANOSECONDS, random_bits)


def next_id(uuid: str) -> str:
    """Return the id that sorts directly after `uuid`."""
    return str(UUID(int=UUID(uuid).int + 1))


def following_ids(uuid: str, count: int) -> list[str]:
    """Return `count` ids that sort one directly after the other, the first of them `uuid`."""
    first = UUID(uuid).int
    return [str(UUID(int=first + offset)) for offset in range(count)]


def time_of_id(uuid: str) -> datetime:
    """Return the time at which an id was created, in UTC, to the microsecond.

    >>> time_of_id("01890a5d-ac96-774b-bcce-b302099a8057").isoformat()
    '2023-06-30T03:34:18.518455+00:00'
    """
    milliseconds = int(uuid[:8] + uuid[9:13], 16)
    fraction = int(uuid[15:18], 16)
    return EPOCH + timedelta(milliseconds=milliseconds, microseconds=fraction * 1000 // FRACTIONS)


def lowest_id_at(at: datetime) -> str:
    """Return the lowest id of a time: ids created before `at` are lower, all others are not."""
    return id_at(at, 0)


def id_at(at: datetime, random_bits: int) -> str:
    """Return an id as created at a past time; the lowest 62 of `random_bits` make it unique.

    >>> time_of_id(id_at(datetime(2026, 11, 27, 9, 30, tzinfo=UTC), 7)).isoformat()
    '2026-11-27T09:30:00+00:00'
    """
    milliseconds, microseconds = divmod((at - EPOCH) // timedelta(microseconds=1), 1000)
    fraction = -(-microseconds * FRACTIONS // 1000)  # rounded up
    return _uuid(milliseconds, fraction, random_bits)


def _uuid(milliseconds: int, fraction: int, random_bits: int) -> str:
    variant_and_random = 0b10 << 62 | random_bits & (1 << 62) - 1
    digits = f"{milliseconds << 80 | 7 << 76 | fraction << 64 | variant_and_random:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
