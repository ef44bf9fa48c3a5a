"""Ids that are also moments: UUIDv7 (RFC 9562), whose text sorts by time, to 1/4096 of a millisecond."""

import os
import time
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PARTS = 4096  # of a millisecond, in the 12 bits after the version
MILLISECOND = 1_000_000  # nanoseconds


def new_id() -> str:
    """An id of this moment.

    >>> new_id() < new_id()
    True
    """
    milliseconds, rest = divmod(time.time_ns(), MILLISECOND)
    return _id(milliseconds, rest * PARTS // MILLISECOND, int.from_bytes(os.urandom(8)))


def time_of_id(identity: str) -> datetime:
    """When the id was made, in UTC, to the microsecond.

    >>> moment("01890a5d-ac96-774b-bcce-b302099a8057").isoformat()
    '2023-06-29T18:09:17.718456+00:00'
    """
    milliseconds, part = int(identity[:8] + identity[9:13], 16), int(identity[15:18], 16)
    return EPOCH + timedelta(milliseconds=milliseconds, microseconds=part * 1000 // PARTS)


def lowest_id_at(at: datetime) -> str:
    """The id below which are exactly those made before `at`."""
    milliseconds, microseconds = divmod((at - EPOCH) // timedelta(microseconds=1), 1000)
    return _id(milliseconds, -(-microseconds * PARTS // 1000), 0)


def _id(milliseconds: int, part: int, random: int) -> str:
    number = milliseconds << 80 | 7 << 76 | part << 64 | 0b10 << 62 | random & (1 << 62) - 1
    digits = f"{number:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
