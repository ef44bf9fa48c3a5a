"""Row 36 of docs/reliability.md: the environment of a platform reveals no request in the log."""

import json

import pytest

from tests.reliability.raw_http import connect, exchange, statuses
from tests.server_process import DEPLOYED, run_server

CANARY = "CANARY"
ADDRESS = "203.0.113.77"  # of a client, as a proxy forwards it
KEY = "platform-secret-" * 3
HEROKU = {"DYNO": "web.1", "FORWARDED_ALLOW_IPS": "*", "CREDIT_SCORING_API_KEY": KEY}
FORMAT = "'%(h)s %(r)s %(U)s %(q)s %(f)s %(a)s %({cookie}i)s %({remote_addr}e)s'"
COMMAND_LINES = {
    "Heroku": "--access-logfile -",
    "everything": f"--access-logfile - --access-logformat {FORMAT} --log-level debug "
    "--forwarded-allow-ips=* --capture-output",
    "file": "--error-logfile {log} --access-logfile {log} --log-level debug",
}


def http(method, path, body=b"", **headers):
    """A request with the canary in the headers that servers like to log."""
    fields = {
        "Host": f"{CANARY}.example",
        "Authorization": f"Bearer {KEY}",
        "Referer": f"https://{CANARY}/",
        "User-Agent": CANARY,
        "Cookie": CANARY,
        "X-Forwarded-For": ADDRESS,
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": f"/{CANARY}",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


@pytest.mark.parametrize("command_line", COMMAND_LINES)
@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_row_36_platform_settings_reveal_no_request(model, example, tmp_path, command_line, level):
    log = tmp_path / "log"
    variables = {
        **HEROKU,
        "GUNICORN_CMD_ARGS": COMMAND_LINES[command_line].replace("{log}", f"{log}.gunicorn"),
        "CREDIT_SCORING_LOG_LEVEL": level,
        "CREDIT_SCORING_TRUSTED_PROXIES": "1",
    }
    body = json.dumps({"features": {**example, CANARY: CANARY}}).encode()
    with run_server(DEPLOYED, model, log, **variables) as server:
        answered = [
            http("GET", f"/model/info?name={CANARY}"),
            http("GET", f"/{CANARY}"),
            http(CANARY, "/predict"),
            http("POST", f"/predict?{CANARY}", body),
            http("POST", "/predict", body, SCRIPT_NAME=f"/{CANARY}"),
            http("GET", f"/health/{CANARY}", **{f"X-{CANARY}\x00": "malformed"}),
            http("GET", f"/{CANARY}", **{"Transfer-Encoding": "identity"}),
            f"GET /{CANARY} {CANARY}\r\n\r\n".encode(),
        ]
        received = [statuses(exchange(server, data)) for data in answered]
        with connect(server) as connection:  # leaves midway
            connection.sendall(http("POST", f"/predict/{CANARY}", **{"Content-Length": "100"}))
    assert all(received), received
    output = log.read_text() + "".join(path.read_text() for path in tmp_path.glob("log.gunicorn"))
    assert output.count('"event":"request"') >= 5
    assert "a malformed request was refused" in output
    assert CANARY.lower() not in output.lower()
    assert "platform-secret" not in output
    assert ADDRESS not in output
    assert "127.0.0.1:" not in output.replace(f"127.0.0.1:{server.port}", "")
