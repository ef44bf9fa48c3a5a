"""From bytes to a JSON object: what is let pass, and what is refused with which status."""

import io
import json

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from credit_scoring.errors import RequestError
from credit_scoring.serving.requests.json_body import parse_json, read_json_object

LEVELS = 16
BODY = '{"salary": 3}'


@pytest.fixture(autouse=True)
def _in_an_app():
    app = Flask("test")
    app.config["MAX_NESTING"] = LEVELS
    with app.app_context():
        yield


def request(body=b"{}", content_type="application/json", **headers):
    return Request(
        EnvironBuilder(
            method="POST", data=body, content_type=content_type, headers=headers
        ).get_environ()
    )


def refusal(call, *args):
    with pytest.raises(RequestError) as caught:
        call(*args)
    return caught.value


def test_a_json_object_is_read():
    assert read_json_object(request(b'{"a": 1, "b": {"c": [null]}}'), BODY) == {
        "a": 1,
        "b": {"c": [None]},
    }


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'],
)
def test_json_in_utf8_is_accepted(content_type):
    assert read_json_object(request(content_type=content_type), BODY) == {}


@pytest.mark.parametrize(
    ("content_type", "message"),
    [
        ("text/plain", 'Content-Type is "text/plain": expected application/json in UTF-8'),
        ("application/x-www-form-urlencoded", "expected application/json in UTF-8"),
        ("application/json; charset=utf-16", "expected application/json in UTF-8"),
        ("", 'Content-Type is "": expected application/json in UTF-8'),
    ],
)
def test_other_content_types_are_415(content_type, message):
    error = refusal(read_json_object, request(content_type=content_type), BODY)
    assert error.status == 415
    assert message in str(error)
    assert error.headers == {"Accept": "application/json", "Accept-Post": "application/json"}


def test_a_compressed_body_is_415():
    error = refusal(read_json_object, request(**{"Content-Encoding": "gzip"}), BODY)
    assert (error.status, str(error), error.headers) == (
        415,
        'Content-Encoding is "gzip": send the body uncompressed',
        {"Accept-Encoding": "identity"},
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", 'the body is empty: expected an object such as {"salary": 3}'),
        (b" \n", "the body is empty: expected an object"),
        (b"{", "not JSON (Expecting property name enclosed in double quotes, line 1, column 2)"),
        (b'{"a": 1,}', "the body is not JSON"),
        (b"{'a': 1}", "the body is not JSON"),
        (b'{"a": 1} {"b": 2}', "the body is not JSON (Extra data, line 1, column 10)"),
        (b"\xef\xbb\xbf{}", "the body is not JSON"),
        ('{"a": 1}'.encode("utf-16"), "the body is not UTF-8 text (byte 0): send UTF-8"),
        ('{"a": 1}'.encode("utf-16-le"), "the body is not JSON"),
        (b'{"a": "\xed\xa0\x80"}', "the body is not UTF-8 text (byte 7): send UTF-8"),
        (b'{"a": "\xff"}', "the body is not UTF-8 text (byte 7): send UTF-8"),
        (b"[" * 100_000, "the body is nested too deeply"),
        (b'{"a":' * 100_000, "the body is nested too deeply"),
        (b'{"a": 1, "a": 1}', 'the body repeats a key: "a" is sent 2 times: send it once'),
        (
            b'{"features": {"a": 1, "b": 2, "a": null}}',
            'the body repeats a key: "a" is sent 2 times',
        ),
    ],
)
def test_malformed_body_is_400(body, message):
    error = refusal(parse_json, body, LEVELS, BODY)
    assert error.status == 400
    assert message in str(error)


def test_every_repeated_key_is_named():
    error = refusal(
        parse_json, b'{"a": 1, "b": 2, "a": 3, "b": 4, "b": 5, "\\ud800": 1, "\\ud800": 2}', LEVELS
    )
    assert [(each.field, each.message) for each in error.errors] == [
        ("a", '"a" is sent 2 times: send it once'),
        ("b", '"b" is sent 3 times: send it once'),
        ("?", '"?" is sent 2 times: send it once'),
    ]


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 400, "1" + "0" * 5000]
)
def test_numbers_out_of_range_become_numbers(number):
    assert isinstance(parse_json(f'{{"a": {number}}}'.encode(), LEVELS)["a"], (int, float))


@pytest.mark.parametrize(
    ("body", "quoted"),
    [
        (b"null", "null"),
        (b"[]", "a list"),
        (b"1", "1"),
        (b'"text"', '"text"'),
        (b"true", "true"),
        (b"NaN", "NaN"),
    ],
)
def test_json_other_than_an_object_is_422(body, quoted):
    error = refusal(read_json_object, request(body), BODY)
    assert error.status == 422
    assert str(error) == f"the body is {quoted}: expected an object such as {BODY}"


@pytest.mark.parametrize(("nesting", "passes"), [(LEVELS, True), (LEVELS + 1, False), (500, False)])
@pytest.mark.parametrize("prefix", ["", '"a": "with: a colon", '])
def test_nesting_is_limited(nesting, passes, prefix):
    body = f'{{{prefix}"b": {"[" * (nesting - 1)}{"]" * (nesting - 1)}}}'.encode()
    if passes:
        assert parse_json(body, LEVELS) == json.loads(body)
    else:
        assert "nested too deeply: expected at most 16 levels" in str(
            refusal(parse_json, body, LEVELS, BODY)
        )


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
TEXTS = st.one_of(
    VALUES.map(json.dumps),
    VALUES.map(lambda value: json.dumps(value, ensure_ascii=False, indent=1)),
    st.text(alphabet='{}[]",:0123456789.eE-+tfnaulrs \\\n', max_size=30),
    st.from_regex(r"-?[0-9]{1,25}(\.[0-9]{1,25})?([eE][-+]?[0-9]{1,3})?", fullmatch=True),
)


def parse_with_python(text):
    """The value that Python's own parser reads, refusing repeated keys."""
    return json.loads(
        text,
        object_pairs_hook=lambda pairs: dict(pairs) if len(dict(pairs)) == len(pairs) else 1 / 0,
    )


@settings(max_examples=500)
@given(text=TEXTS)
def test_fast_parser_agrees_with_python(text):
    data = text.encode("utf-8", "surrogatepass")
    try:
        expected = parse_with_python(text)
    except (ValueError, ZeroDivisionError):
        assert refusal(parse_json, data, 64).status == 400
    else:
        assert repr(parse_json(data, 64)) == repr(expected)


@pytest.mark.parametrize("limit", [None, 100])
@pytest.mark.parametrize("length", ["", "10"], ids=["chunked", "declared length"])
@pytest.mark.parametrize(
    ("failure", "status", "message"),
    [
        (LookupError, 400, "the body cannot be read (LookupError): send a valid HTTP body"),
        (TimeoutError, 408, "the body was not received in time: send the request again"),
    ],
)
def test_body_that_the_server_cannot_read_is_refused(length, limit, failure, status, message):
    """The server, such as gunicorn, raises its own errors for malformed chunks."""

    class UnreadableBody(io.BytesIO):
        def read(self, *_args):
            raise failure("canary")

        readinto = read

    environ = {"CONTENT_LENGTH": length, "wsgi.input_terminated": True}
    environ |= {"wsgi.input": UnreadableBody(), "REQUEST_METHOD": "POST"}
    unreadable = Request(environ | {"CONTENT_TYPE": "application/json"})
    unreadable.max_content_length = limit
    error = refusal(read_json_object, unreadable, BODY)
    assert (error.status, str(error)) == (status, message)
