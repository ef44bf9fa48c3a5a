"""When a request is there as a whole, judged by its bytes alone (RFC 9112).

How a request is cut from the bytes is the parser's business: a wrong guess here costs time, not a wrong request.
"""

import re
from collections.abc import Callable
from enum import Enum, auto
from io import BytesIO
from typing import Any

from gunicorn.http.errors import InvalidChunkSize, InvalidHeader
from gunicorn.http.unreader import SocketUnreader

END = b"\r\n\r\n"
LARGEST_HEAD = 1 << 20  # bytes, more than the parser accepts
LONGEST_LINE = 4096  # bytes of a chunk's first line
PIECE = (
    8192  # bytes the parser takes at once: it copies what it has left for every kilobyte it reads
)
LENGTH = re.compile(rb"\ncontent-length[ \t]*:[ \t]*(\d{1,15})[ \t]*(?=\r?\n)")
CHUNK = re.compile(rb"([0-9a-fA-F]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")


class Stage(Enum):
    """Where a request stands."""

    WAITING = auto()  # more must come
    WHOLE = auto()  # all of it is there
    CUT = auto()  # the rest will not be read: it is refused by what is there


class Gathered(SocketUnreader):  # type: ignore[misc] # gunicorn has no types
    """Where the parser reads: first what was gathered, then the connection. `stage` is the last judgement."""

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        self.bytes = bytearray()
        self.begin()

    def begin(self) -> None:
        """Begin with the next request, of which the parser may have read something already."""
        self.bytes[:0] = self.take_buffered()
        self.stage = Stage.WAITING
        self.head: bytes | None = None
        self.told = False  # to send its body
        self._chunk = 0  # where the first chunk begins that is not whole

    def chunk(self) -> bytes:
        """The next bytes for the parser; none at the end."""
        if not self.bytes:
            return bytes(super().chunk())
        piece = bytes(self.bytes[:PIECE])
        del self.bytes[:PIECE]
        return piece

    def take(self, length: int) -> BytesIO | None:
        """The next `length` bytes, None where there are fewer. The parser copies what is left for every kilobyte."""
        early = self.take_buffered()
        taken = early[:length] + self.bytes[: max(length - len(early), 0)]
        if len(taken) < length:
            self.unread(early)
            return None
        self.unread(early[length:])
        del self.bytes[: max(length - len(early), 0)]
        return BytesIO(taken)

    def judge(self, largest: Callable[[bytes], int]) -> Stage:
        """Where the request stands; `largest` says of a head how much of its body will be read.

        InvalidHeader or InvalidChunkSize where it can be no request, whatever comes.
        """
        if self.head is None:
            self.head = self._find_head()
        self.stage = (
            self._judge_head()
            if self.head is None
            else self._judge_body(self.head, largest(self.head))
        )
        return self.stage

    def _find_head(self) -> bytes | None:
        """Request line and headers in lower case, with the empty line; None while it is missing."""
        if self.bytes.startswith((b"\r", b"\n")):  # an empty line may stand before a request
            self.bytes[:] = self.bytes.lstrip(b"\r\n")
        end = self.bytes.find(END)
        return None if end < 0 else bytes(self.bytes[: end + len(END)]).lower()

    def _judge_head(self) -> Stage:
        if re.search(rb"\n\r?\n", self.bytes):
            raise InvalidHeader("a line ends with a bare LF")
        return Stage.CUT if len(self.bytes) > LARGEST_HEAD else Stage.WAITING

    def _judge_body(self, head: bytes, largest: int) -> Stage:
        there = len(self.bytes) - len(head)
        lengths = LENGTH.findall(head)
        if b"\ntransfer-encoding" in head:
            return Stage.CUT if lengths or there > largest else self._judge_chunks(len(head))
        if not lengths and b"\ncontent-length" not in head:
            return Stage.WHOLE
        if len(lengths) != 1 or int(lengths[0]) > largest:
            return Stage.CUT
        return Stage.WHOLE if there >= int(lengths[0]) else Stage.WAITING

    def _judge_chunks(self, start: int) -> Stage:
        at = max(start, self._chunk)
        while (line := self.bytes.find(b"\n", at, at + LONGEST_LINE) + 1) > 0:
            found = CHUNK.fullmatch(self.bytes, at, line)
            if found is None:
                raise InvalidChunkSize(b"")
            size = int(found[1], 16)
            if size == 0:
                return Stage.WHOLE if self.bytes.find(END, line - 2) >= 0 else Stage.WAITING
            end = line + size
            if len(self.bytes) < end + 2:
                return Stage.WAITING
            if self.bytes[end : end + 2] != b"\r\n":
                raise InvalidChunkSize(b"")
            at = self._chunk = end + 2
        if len(self.bytes) - at >= LONGEST_LINE:
            raise InvalidChunkSize(b"")
        return Stage.WAITING

    def waits_to_be_told(self) -> bool:
        """Whether the client sends its body only when it is asked to (RFC 9110, 10.1.1), and was not yet."""
        return not self.told and self.head is not None and b"\nexpect: 100-continue" in self.head
