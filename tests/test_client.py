"""The example client, against a running app and against a busy or failing server."""

import ast
import json
import subprocess
import sys
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from uuid import uuid4

import pytest

from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.features.build_applicant_store import build_applicant_store
from credit_scoring.tables.read_tables import ReadOptions
from examples.client import CreditScoring, ScoringError, main
from tests.server_process import LOCAL, ROOT, run_server

KEY = "a-key-that-is-for-the-tests-of-the-client"
STORED = "100147"  # as in docs/api.md
RAW = json.loads((ROOT / "examples/raw.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def manifest(trained_folder):
    return read_manifest(trained_folder)


@pytest.fixture(scope="module")
def url(trained_folder, manifest, sample_folder, tmp_path_factory):
    """A running app that requires API keys and has stored applicants."""
    folder = tmp_path_factory.mktemp("client")
    names = [feature.name for feature in manifest.features if feature.is_requested]
    build_applicant_store(sample_folder, folder / "store", names, ReadOptions(None))
    variables = {
        "CREDIT_SCORING_API_KEY": KEY,
        "CREDIT_SCORING_APPLICANTS_PATH": str(folder / "store"),
    }
    with run_server(
        LOCAL, trained_folder, folder / "log", WEB_CONCURRENCY="1", **variables
    ) as server:
        yield server.url


@pytest.fixture(scope="module")
def api(url):
    return CreditScoring(url, KEY)


@pytest.fixture(scope="module")
def risky(manifest):
    return manifest.example("high risk")


class TestRunningApp:
    def test_features_and_raw_records_are_decided(self, api, manifest):
        decision = api.predict(manifest.example("typical"))
        assert decision["score"] == (decision["probability"] >= decision["threshold"])
        wrapped = api.predict({"features": manifest.example("typical")})
        assert wrapped["probability"] == decision["probability"]
        assert 0 < api.predict(RAW)["probability"] < 1

    def test_batch_names_invalid_applicants_by_index(self, api, manifest, risky):
        answer = api.predict_batch([risky, {"nonsense": 1}, manifest.example("typical")])
        assert [row["index"] for row in answer["predictions"]] == [0, 2]
        assert [row["index"] for row in answer["errors"]] == [1]

    def test_refusal_has_reasons_and_changes(self, api, risky):
        answer = api.explain(risky)
        assert answer["decision"] == "REFUSED"
        assert answer["principal_reasons"]
        assert "what_would_change" not in answer
        assert api.what_would_change(risky)["what_would_change"].keys() <= {"suggestions", "text"}
        assert "what_would_change" in api.what_would_change(RAW)

    def test_idempotency_key_gives_one_decision(self, api, risky):
        key = str(uuid4())
        first, again = (api.predict(risky, idempotency_key=key) for _ in range(2))
        assert first["decision_id"] == again["decision_id"] != api.predict(risky)["decision_id"]

    def test_stored_applicant_is_decided_with_overrides(self, api):
        applicant = STORED
        stored = api.applicant(applicant)["features"]
        assert api.predict_stored(applicant)["probability"] == api.predict(stored)["probability"]
        changed = api.predict_stored(applicant, {"EXT_SOURCE_2": 0.01, "EXT_SOURCE_3": 0.01})
        assert changed["probability"] > api.predict(stored)["probability"]

    def test_raw_example_is_not_a_stored_applicant(self, api):
        decision = api.decision(api.predict(RAW)["decision_id"])
        with pytest.raises(ScoringError) as caught:
            api.applicant(decision["applicant_id"])
        assert caught.value.status == 404

    def test_reviews_and_outcomes_are_stored(self, api, risky):
        decision_id = api.predict(risky)["decision_id"]
        reason = "The late payments were the bank's error."
        api.review(decision_id, "ACCEPTED", reviewer="A. Martin", reason=reason)
        api.outcome(decision_id, 0)
        decision = api.decision(decision_id)
        assert [row["outcome"] for row in decision["reviews"]] == ["ACCEPTED"]
        assert [row["outcome"] for row in decision["outcomes"]] == [0]
        assert decision["reasons"]

    def test_decisions_are_listed_newest_first(self, api, risky):
        decision_ids = [api.predict(risky)["decision_id"] for _ in range(3)]
        rows = api.decisions(decision="REFUSED", reviewed=False, limit=2)
        listed = [row["decision_id"] for row in rows]
        assert listed[:3] == decision_ids[::-1]
        assert len(listed) == len(set(listed)) > 3

    def test_model_and_its_features_are_described(self, api, manifest):
        assert api.model()["version"] == manifest.version
        names = {row["name"] for row in api.features()["features"]}
        assert names == manifest.example("typical").keys()

    def test_missing_key_is_an_error(self, url):
        with pytest.raises(ScoringError, match="401 Key needed: a key is required") as caught:
            CreditScoring(url).model()
        assert caught.value.request_id

    def test_every_invalid_field_is_in_one_error(self, api, risky):
        with pytest.raises(ScoringError) as caught:
            api.predict({**risky, "EXT_SOURCE_2": 57, "nonsense": 1})
        assert caught.value.status == 422
        assert {error["field"] for error in caught.value.errors} == {"EXT_SOURCE_2", "nonsense"}
        assert "\n  EXT_SOURCE_2 is 57: expected a number from 0 to 1" in str(caught.value)


def write(folder, body):
    file = folder / "body.json"
    file.write_text(json.dumps(body))
    return str(file)


class TestCommand:
    @pytest.fixture(autouse=True)
    def _address(self, url, monkeypatch):
        monkeypatch.setenv("SCORING_URL", url)
        monkeypatch.setenv("SCORING_KEY", KEY)

    def test_refusal_is_explained_in_words(self, api, risky, tmp_path, capsys):
        """The decision, each principal reason and each change, a line each; no JSON."""
        answer = api.what_would_change(risky)
        assert main([write(tmp_path, {"features": risky}), "--explain"]) == 0
        output = capsys.readouterr().out
        lines = output.splitlines()
        assert lines[0].startswith(f"REFUSED: probability of default {answer['probability']:.1%}")
        assert "Principal reasons of the refusal:" in lines
        reasons = [reason["text"]["en"] for reason in answer["principal_reasons"]]
        assert [text for text in reasons if f"  against: {text}" not in lines] == []
        changes = answer["what_would_change"]
        texts = [row["text"]["en"] for row in changes["suggestions"] or [changes]]
        assert lines[-len(texts) - 1 :] == ["What would change it:", *(f"  {x}" for x in texts)]
        assert len(lines) <= 3 + len(reasons) + len(texts)
        assert "{" not in output

    def test_acceptance_is_explained_in_words(self, manifest, tmp_path, capsys):
        file = write(tmp_path, {"features": manifest.example("low risk")})
        assert main([file, "--explain"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].startswith("ACCEPTED: ")
        assert lines[1] == "What counted most:"
        assert lines[-1] == "  Your application is accepted: nothing has to change."

    def test_json_option_prints_the_whole_answer(self, url, risky, tmp_path):
        file = write(tmp_path, {"features": risky})
        command = [sys.executable, "examples/client.py", file, "--explain", "--json"]
        environment = {"SCORING_URL": url, "SCORING_KEY": KEY}
        process = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        assert {"contributions", "what_would_change"} <= json.loads(process.stdout).keys()

    def test_batch_has_a_line_per_applicant(self, manifest, risky, tmp_path, capsys):
        body = {"applicants": [{"EXT_SOURCE_2": 57}, risky, manifest.example("low risk")]}
        assert main([write(tmp_path, body)]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert "applicant 0: invalid: EXT_SOURCE_2 is 57: expected a number from 0 to 1" in lines
        assert lines[-2].startswith("applicant 1: REFUSED: ")
        assert lines[-1].startswith("applicant 2: ACCEPTED: ")

    def test_file_without_an_object_is_refused(self, tmp_path, capsys):
        assert main([write(tmp_path, [1])]) == 1
        assert "body.json is not a JSON object" in capsys.readouterr().err

    def test_file_that_is_not_json_is_named(self, tmp_path, capsys):
        (tmp_path / "notes.md").write_text("# Notes")
        assert main([str(tmp_path / "notes.md")]) == 1
        assert "notes.md cannot be read as JSON (Expecting value" in capsys.readouterr().err

    def test_missing_file_is_named(self, tmp_path, capsys):
        assert main([str(tmp_path / "typo.json")]) == 1
        message = "typo.json cannot be read as JSON (No such file or directory)"
        assert message in capsys.readouterr().err

    def test_only_invalid_field_is_told_once(self):
        message = "EXT_SOURCE_2 is 57: expected a number from 0 to 1"
        problem = {"title": "Features refused", "detail": message, "errors": [{"message": message}]}
        assert str(ScoringError(422, problem)) == f"422 Features refused: {message}"


@contextmanager
def serve(*answers):
    """A server's address and the headers of its requests.

    Each answer is a status and headers; None breaks the connection.
    """
    requests = []
    remaining = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            requests.append(dict(self.headers))
            answer = remaining.pop(0)
            if answer is not None:
                status, headers = answer
                self.send_response(status)
                for name, value in {**headers, "Content-Length": "2"}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"{}")

        def log_message(self, *_):
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", requests
        server.shutdown()


@pytest.fixture
def waits(monkeypatch):
    """The seconds that the client would have waited."""
    seconds = []
    monkeypatch.setattr("examples.client.time.sleep", seconds.append)
    return seconds


class TestBusyServer:
    def test_request_is_repeated_after_the_seconds_it_says(self, waits):
        busy = [(503, {"Retry-After": "7"}), (429, {"Retry-After": "2"})]
        with serve(*busy, (200, {})) as (url, requests):
            assert CreditScoring(url).predict({}) == {}
        assert waits == [7, 2]
        assert len({request["Idempotency-Key"] for request in requests}) == 1 < len(requests)

    def test_repetitions_are_limited(self, waits):
        with (
            serve(*[(503, {"Retry-After": "1"})] * 3) as (url, requests),
            pytest.raises(ScoringError) as caught,
        ):
            CreditScoring(url, repeats=2).predict({})
        assert caught.value.status == 503
        assert len(requests) == 3
        assert waits == [1, 1]

    @pytest.mark.usefixtures("waits")
    def test_decision_is_repeated_after_a_broken_connection(self):
        with serve(None, (200, {})) as (url, requests):
            CreditScoring(url).predict({})
        assert len({request["Idempotency-Key"] for request in requests}) == 1 < len(requests)

    def test_review_is_not_repeated_after_a_broken_connection(self):
        with (
            serve(None) as (url, requests),
            pytest.raises(ScoringError, match="No answer") as caught,
        ):
            CreditScoring(url).review("1", "ACCEPTED", reviewer="A. Martin", reason="why not")
        assert caught.value.status == 0
        assert len(requests) == 1


def test_command_reports_a_missing_file(capsys, tmp_path):
    assert main([str(tmp_path / "missing.json")]) == 1
    assert "missing.json" in capsys.readouterr().err


def test_redirect_is_an_error_and_keeps_the_key():
    """Following it would send the API key to another address."""
    with (
        serve((302, {"Location": "http://127.0.0.1:9/"})) as (url, requests),
        pytest.raises(ScoringError) as caught,
    ):
        CreditScoring(url, KEY).predict({})
    assert caught.value.status == 302
    assert len(requests) == 1


def test_client_needs_only_the_standard_library():
    tree = ast.parse((ROOT / "examples/client.py").read_text(encoding="utf-8"))
    imported = [node.names[0].name for node in ast.walk(tree) if isinstance(node, ast.Import)]
    imported += [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names
