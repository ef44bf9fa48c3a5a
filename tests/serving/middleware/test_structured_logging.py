"""The log: a line an event, as JSON or for people; no value of an applicant, no traceback's message."""

import json
import logging
import re

import pytest

from credit_scoring.serving.middleware import structured_logging
from credit_scoring.settings import load_settings
from tests.serving.small_bundle import EXAMPLE


@pytest.fixture
def configured(app_settings):
    """Set the log up in a form, and back in the end."""
    yield lambda **settings: structured_logging.configure(
        load_settings({f"CREDIT_SCORING_{k}": v for k, v in settings.items()})
    )
    structured_logging.configure(app_settings)


def fail():
    try:
        {}["cana" + "ry"]
    except KeyError as error:
        raise ValueError("cana" + "ry") from error


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_request_is_one_line_with_its_ids(client, capsys):
    answer = client.post("/predict", json={"features": EXAMPLE}, headers={"X-Request-ID": "r-1"})
    (line,) = lines(capsys)
    assert list(line)[:3] == ["timestamp", "level", "event"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", line.pop("timestamp"))
    assert line.pop("ms") > 0
    assert line == {
        "level": "info",
        "event": "request",
        "request_id": "r-1",
        "method": "POST",
        "route": "/predict",
        "status": 200,
        "decision_id": answer.json["decision_id"],
    }


def test_a_batch_s_line_says_how_many_decisions(client, capsys):
    client.post("/predict/batch", json={"applicants": [EXAMPLE, EXAMPLE, {}]})
    assert lines(capsys)[0]["decisions"] == 2


def test_a_refusal_s_line_says_which_kind(client, capsys):
    client.post("/predict", json={"features": {**EXAMPLE, "EXT_SOURCE_2": 57}})
    client.get("/decisions/01939a9e-0000-7000-8000-000000000000")
    client.get("/nowhere/100001?name=canary")
    found = [(line["route"], line["status"], line["problem"]) for line in lines(capsys)]
    assert found == [
        ("/predict", 422, "features-refused"),
        ("/decisions/<uuid:decision_id>", 404, "no-such-decision"),
        (None, 404, "not-found"),
    ]


def test_neither_a_path_nor_a_query_nor_a_method_can_forge_a_line(client, capsys):
    client.get(
        "/x%0A{forged?y=%0Aforged", headers={"X-Request-ID": "a\tforged", "User-Agent": "forged"}
    )
    client.open("/predict", method="FORGED")
    text = capsys.readouterr().err
    assert len(text.splitlines()) == 2
    assert "forged" not in text.lower()


def test_the_level_of_a_request_s_line_is_info(configured, capsys):
    configured(LOG_LEVEL="WARNING").info("request")
    configured(LOG_LEVEL="INFO").info("request")
    assert [line["level"] for line in lines(capsys)] == ["info"]


def test_python_s_own_logging_takes_the_same_form(configured, capsys):
    configured(LOG_FORMAT="json")
    logging.getLogger("credit_scoring.test").warning("the %s is %d", "disk", 3, extra={"free": 0})
    logging.getLogger("gunicorn.error").error("worker gone")
    first, second = lines(capsys)
    assert (first["level"], first["event"], first["logger"]) == (
        "warning",
        "the disk is 3",
        "credit_scoring.test",
    )
    assert first["free"] == 0
    assert second["event"] == "worker gone"


def test_a_traceback_tells_the_place_and_not_the_message(configured, capsys):
    configured(LOG_FORMAT="json")
    try:
        fail()
    except ValueError:
        logging.getLogger("other").exception("it failed")
    (line,) = lines(capsys)
    assert "test_structured_logging.py" in line["exception"]
    assert line["exception"].rstrip().endswith("ValueError")
    assert "KeyError\nthen\n" in line["exception"]
    assert "canary" not in line["exception"]


def test_for_people_a_line_is_text_with_the_traceback_below(configured, capsys):
    configured(LOG_FORMAT="console").info("request", status=200, route="/predict")
    try:
        fail()
    except ValueError:
        logging.getLogger("other").exception("it failed")
    text = capsys.readouterr().err
    assert "[info] request status=200 route=/predict\n" in text
    assert "ValueError" in text
    assert "canary" not in text


@pytest.mark.parametrize(("terminal", "starts"), [(True, "\x1b"), (False, "{")])
def test_by_itself_it_takes_the_form_that_fits_where_it_goes(
    configured, monkeypatch, capsys, terminal, starts
):
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    configured(LOG_FORMAT="auto").info("request")
    assert capsys.readouterr().err.startswith(starts)


def test_configuring_twice_does_not_log_twice(configured, capsys):
    configured()
    configured()
    logging.getLogger("credit_scoring.test").info("once")
    assert len(lines(capsys)) == 1


def test_a_log_that_cannot_be_written_stops_no_request(client, monkeypatch):
    class Closed:
        def write(self, _text):
            raise OSError(28, "No space left on device")

        def isatty(self):
            return False

    monkeypatch.setattr("sys.stderr", Closed())
    assert client.get("/health").status_code == 200
    logging.getLogger("credit_scoring.test").warning("lost")
