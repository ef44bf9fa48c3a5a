"""When a request is whole, judged by its bytes: a thread gets it then, and not before."""

from itertools import pairwise

import pytest
from gunicorn.http.errors import InvalidChunkSize, InvalidHeader
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.serving.gathering import LARGEST_HEAD, Gathered, Stage

HEAD = b"POST /predict HTTP/1.1\r\nHost: x\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
LARGEST = 1000


def judged(*pieces):
    """The stage after each piece."""
    gathered = Gathered(None)
    found = []
    for piece in pieces:
        gathered.bytes += piece
        found.append(gathered.judge(lambda _head: LARGEST))
    return found


WHOLE = [
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
    HEAD + b"Content-Length: 2\r\n\r\n{}",
    HEAD + b"content-length:0\r\n\r\n",
    CHUNKED + b"2\r\n{}\r\n0\r\n\r\n",
    CHUNKED + b"0\r\n\r\n",
    CHUNKED + b"a;a=b\r\n0\r\n\r\n0\r\n\r\n\r\n00\r\nTrailer: x\r\n\r\n",
]


@pytest.mark.parametrize("data", WHOLE)
def test_a_request_is_whole_with_its_last_byte_and_not_before(data):
    stages = judged(*(data[place : place + 1] for place in range(len(data))))
    assert stages[-1] is Stage.WHOLE
    assert set(stages[:-1]) == {Stage.WAITING}


@pytest.mark.parametrize("data", WHOLE)
def test_what_follows_belongs_to_the_next_request(data):
    assert judged(data + b"GET / HT") == [Stage.WHOLE]


@given(data=st.sampled_from(WHOLE), cuts=st.lists(st.integers(0, 120), max_size=5))
def test_it_does_not_matter_in_which_pieces_it_comes(data, cuts):
    places = [0, *sorted(cuts), len(data)]
    pieces = [data[first:last] for first, last in pairwise(places)]
    assert judged(*pieces)[-1] is Stage.WHOLE


@pytest.mark.parametrize(
    "data",
    [
        HEAD + b"Content-Length: 1001\r\n\r\n",
        HEAD + b"Content-Length: 99999999999999999999\r\n\r\n",
        CHUNKED + b"ffff\r\n" + b"x" * 1200,
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        HEAD + b"Content-Length: five\r\n\r\n",
        HEAD + b"Content-Length: -5\r\n\r\n",
        b"x" * (LARGEST_HEAD + 1),
    ],
)
def test_what_will_be_refused_unread_is_not_waited_for(data):
    assert judged(data) == [Stage.CUT]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"GET / HTTP/1.1\nHost: x\n\n", InvalidHeader),
        (b"GET / HTTP/1.1\r\nHost: x\n\r\n", InvalidHeader),
        (CHUNKED + b"ZZ\r\n", InvalidChunkSize),
        (CHUNKED + b"\r\n", InvalidChunkSize),
        (CHUNKED + b"-2\r\n", InvalidChunkSize),
        (CHUNKED + b"0x2\r\n", InvalidChunkSize),
        (CHUNKED + b"2\n{}\n0\n\n", InvalidChunkSize),
        (CHUNKED + b"2\r\n{}X0\r\n\r\n", InvalidChunkSize),
        (CHUNKED.replace(b"1.1", b"1.0") + b"1" * 16 + b"\r\n", InvalidChunkSize),
    ],
)
def test_what_can_be_no_request_is_refused_at_once(data, error):
    with pytest.raises(error):
        judged(data)


def test_an_endless_line_of_a_chunk_is_refused():
    gathered = Gathered(None)
    gathered.bytes += CHUNKED + b"1;" + b"x" * 5000
    with pytest.raises(InvalidChunkSize):
        gathered.judge(lambda _head: 1 << 20)


def test_the_parser_reads_what_was_gathered_and_gives_back_what_it_took_too_much():
    gathered = Gathered(None)
    gathered.bytes += b"a" * 20_000
    assert len(gathered.read(9_000)) == 9_000
    gathered.begin()
    assert len(gathered.bytes) == 11_000


@given(head=st.integers(0, 20), length=st.integers(0, 40), more=st.integers(0, 20))
def test_a_body_is_taken_whole_and_what_follows_it_stays(head, length, more):
    """The parser may have taken some of it with the headers, and of what follows."""
    sent = bytes(range(length + more))
    gathered = Gathered(None)
    gathered.unread(sent[:head])
    gathered.bytes += sent[head:]
    assert gathered.take(length).read() == sent[:length]
    gathered.begin()
    assert gathered.bytes == sent[length:]


def test_a_body_that_is_not_there_as_a_whole_is_left_to_the_parser():
    gathered = Gathered(None)
    gathered.unread(b"ab")
    gathered.bytes += b"cd"
    assert gathered.take(5) is None
    gathered.begin()
    assert gathered.bytes == b"abcd"
