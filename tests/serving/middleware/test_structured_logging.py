"""Structured logging: one event per line, without values of applicants or error messages."""

import json
import logging
import re

import pytest

from credit_scoring.serving.middleware import structured_logging
from credit_scoring.settings import load_settings
from tests.serving.small_bundle import EXAMPLE


@pytest.fixture
def configure(app_settings):
    """Configure the log with settings, and restore it after the test."""

    def configure_with(**settings):
        variables = {f"CREDIT_SCORING_{name}": value for name, value in settings.items()}
        return structured_logging.configure(load_settings(variables))

    yield configure_with
    structured_logging.configure(app_settings)


def raise_with_cause():
    try:
        {}["cana" + "ry"]
    except KeyError as error:
        raise ValueError("cana" + "ry") from error


def logged_lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_request_is_one_line_with_ids(client, capsys):
    headers = {"X-Request-ID": "r-1"}
    response = client.post("/predict", json={"features": EXAMPLE}, headers=headers)
    (line,) = logged_lines(capsys)
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
        "decision_id": response.json["decision_id"],
    }


def test_batch_logs_number_of_decisions(client, capsys):
    client.post("/predict/batch", json={"applicants": [EXAMPLE, EXAMPLE, {}]})
    assert logged_lines(capsys)[0]["decisions"] == 2


def test_refusal_logs_problem_type(client, capsys):
    client.post("/predict", json={"features": {**EXAMPLE, "EXT_SOURCE_2": 57}})
    client.get("/decisions/01939a9e-0000-7000-8000-000000000000")
    client.get("/nowhere/100001?name=canary")
    refusals = [(line["route"], line["status"], line["problem"]) for line in logged_lines(capsys)]
    assert refusals == [
        ("/predict", 422, "features-refused"),
        ("/decisions/<uuid:decision_id>", 404, "no-such-decision"),
        (None, 404, "not-found"),
    ]


def test_client_cannot_forge_a_line(client, capsys):
    """Neither by path, query, method nor header."""
    client.get(
        "/x%0A{forged?y=%0Aforged", headers={"X-Request-ID": "a\tforged", "User-Agent": "forged"}
    )
    client.open("/predict", method="FORGED")
    text = capsys.readouterr().err
    assert len(text.splitlines()) == 2
    assert "forged" not in text.lower()


def test_request_is_logged_at_level_info(configure, capsys):
    configure(LOG_LEVEL="WARNING").info("request")
    configure(LOG_LEVEL="INFO").info("request")
    assert [line["level"] for line in logged_lines(capsys)] == ["info"]


def test_python_logging_has_the_same_form(configure, capsys):
    configure(LOG_FORMAT="json")
    logging.getLogger("credit_scoring.test").warning("the %s is %d", "disk", 3, extra={"free": 0})
    logging.getLogger("gunicorn.error").error("worker gone")
    first, second = logged_lines(capsys)
    assert (first["level"], first["event"], first["logger"]) == (
        "warning",
        "the disk is 3",
        "credit_scoring.test",
    )
    assert first["free"] == 0
    assert second["event"] == "worker gone"


def test_traceback_omits_error_messages(configure, capsys):
    configure(LOG_FORMAT="json")
    try:
        raise_with_cause()
    except ValueError:
        logging.getLogger("other").exception("it failed")
    (line,) = logged_lines(capsys)
    assert "test_structured_logging.py" in line["exception"]
    assert line["exception"].rstrip().endswith("ValueError")
    assert "KeyError\nthen\n" in line["exception"]
    assert "canary" not in line["exception"]


def test_console_format_has_traceback_below_the_line(configure, capsys):
    configure(LOG_FORMAT="console").info("request", status=200, route="/predict")
    try:
        raise_with_cause()
    except ValueError:
        logging.getLogger("other").exception("it failed")
    text = capsys.readouterr().err
    assert "[info] request status=200 route=/predict\n" in text
    assert "ValueError" in text
    assert "canary" not in text


@pytest.mark.parametrize(("terminal", "starts"), [(True, "\x1b"), (False, "{")])
def test_auto_format_depends_on_terminal(configure, monkeypatch, capsys, terminal, starts):
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    configure(LOG_FORMAT="auto").info("request")
    assert capsys.readouterr().err.startswith(starts)


def test_configuring_twice_logs_once(configure, capsys):
    configure()
    configure()
    logging.getLogger("credit_scoring.test").info("once")
    assert len(logged_lines(capsys)) == 1


def test_unwritable_log_does_not_fail_requests(client, monkeypatch):
    class Closed:
        def write(self, _text):
            raise OSError(28, "No space left on device")

        def isatty(self):
            return False

    monkeypatch.setattr("sys.stderr", Closed())
    assert client.get("/health").status_code == 200
    logging.getLogger("credit_scoring.test").warning("lost")
