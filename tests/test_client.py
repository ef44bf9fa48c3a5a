"""The client of examples/: against a running app, and against one that is busy or breaks off."""

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
RAW = json.loads((ROOT / "examples/raw.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def manifest(trained_folder):
    return read_manifest(trained_folder)


@pytest.fixture(scope="module")
def url(trained_folder, manifest, sample_folder, tmp_path_factory):
    """A running app that asks for keys and has stored applicants."""
    folder = tmp_path_factory.mktemp("client")
    asked = [feature.name for feature in manifest.features if feature.is_requested]
    build_applicant_store(sample_folder, folder / "store", asked, ReadOptions(None))
    variables = {
        "CREDIT_SCORING_API_KEY": KEY,
        "CREDIT_SCORING_APPLICANTS_PATH": str(folder / "store"),
    }
    with run_server(LOCAL, trained_folder, folder / "log", WEB_CONCURRENCY="1", **variables) as server:
        yield server.url


@pytest.fixture(scope="module")
def api(url):
    return CreditScoring(url, KEY)


@pytest.fixture(scope="module")
def risky(manifest):
    return manifest.example("high risk")


class TestARunningApp:
    def test_decides_on_features_and_on_raw_records(self, api, manifest):
        decision = api.predict(manifest.example("typical"))
        assert decision["score"] == (decision["probability"] >= decision["threshold"])
        assert (
            api.predict({"features": manifest.example("typical")})["probability"]
            == decision["probability"]
        )
        assert 0 < api.predict(RAW)["probability"] < 1

    def test_decides_on_many_and_names_those_it_refuses(self, api, manifest, risky):
        answer = api.predict_batch([risky, {"nonsense": 1}, manifest.example("typical")])
        assert [row["index"] for row in answer["predictions"]] == [0, 2]
        assert [row["index"] for row in answer["errors"]] == [1]

    def test_says_why_and_what_would_change_it(self, api, risky):
        answer = api.explain(risky)
        assert answer["decision"] == "REFUSED"
        assert answer["principal_reasons"]
        assert "what_would_change" not in answer
        assert api.what_would_change(risky)["what_would_change"].keys() <= {"suggestions", "text"}
        assert "what_would_change" in api.what_would_change(RAW)

    def test_decides_once_under_an_idempotency_key(self, api, risky):
        key = str(uuid4())
        first, again = (api.predict(risky, idempotency_key=key) for _ in range(2))
        assert first["decision_id"] == again["decision_id"] != api.predict(risky)["decision_id"]

    def test_decides_on_a_stored_applicant_as_stored_and_changed(self, api):
        applicant = str(RAW["application"]["SK_ID_CURR"])
        stored = api.applicant(applicant)["features"]
        assert api.predict_stored(applicant)["probability"] == api.predict(stored)["probability"]
        changed = api.predict_stored(applicant, {"EXT_SOURCE_2": 0.01, "EXT_SOURCE_3": 0.01})
        assert changed["probability"] > api.predict(stored)["probability"]

    def test_keeps_what_people_and_time_add_to_a_decision(self, api, risky):
        made = api.predict(risky)["decision_id"]
        api.review(
            made,
            "ACCEPTED",
            reviewer="A. Martin",
            reason="The late payments were the bank's error.",
        )
        api.outcome(made, 0)
        found = api.decision(made)
        assert [row["outcome"] for row in found["reviews"]] == ["ACCEPTED"]
        assert [row["outcome"] for row in found["outcomes"]] == [0]
        assert found["reasons"]

    def test_lists_decisions_page_after_page_newest_first(self, api, risky):
        made = [api.predict(risky)["decision_id"] for _ in range(3)]
        listed = [
            row["decision_id"] for row in api.decisions(decision="REFUSED", reviewed=False, limit=2)
        ]
        assert listed[:3] == made[::-1]
        assert len(listed) == len(set(listed)) > 3

    def test_says_what_the_model_is_and_asks_for(self, api, manifest):
        assert api.model()["version"] == manifest.version
        assert {row["name"] for row in api.features()["features"]} == manifest.example(
            "typical"
        ).keys()

    def test_is_asked_with_a_key(self, url):
        with pytest.raises(ScoringError, match="401 Key needed: a key is needed") as caught:
            CreditScoring(url).model()
        assert caught.value.request_id

    def test_names_every_field_in_one_error(self, api, risky):
        with pytest.raises(ScoringError) as caught:
            api.predict({**risky, "EXT_SOURCE_2": 57, "nonsense": 1})
        assert caught.value.status == 422
        assert {error["field"] for error in caught.value.errors} == {"EXT_SOURCE_2", "nonsense"}
        assert "\n  EXT_SOURCE_2 is 57: expected a number from 0 to 1" in str(caught.value)

    def test_answers_the_command(self, url, manifest, tmp_path):
        (tmp_path / "applicant.json").write_text(
            json.dumps({"features": manifest.example("high risk")})
        )
        command = [
            sys.executable,
            "examples/client.py",
            str(tmp_path / "applicant.json"),
            "--explain",
        ]
        environment = {"SCORING_URL": url, "SCORING_KEY": KEY}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        assert json.loads(done.stdout)["principal_reasons"]


@contextmanager
def answering(*answers):
    """A server's address and what it is asked; each answer a status and its headers, None: it breaks off."""
    asked, left = [], list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(dict(self.headers))
            answer = left.pop(0)
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
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


@pytest.fixture
def waits(monkeypatch):
    """The seconds that the client would have waited."""
    found = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", found.append)
    return found


class TestABusyService:
    def test_is_asked_again_after_the_seconds_it_says_and_under_the_same_idempotency_key(
        self, waits
    ):
        busy = [(503, {"Retry-After": "7"}), (429, {"Retry-After": "2"})]
        with answering(*busy, (200, {})) as (url, asked):
            assert CreditScoring(url).predict({}) == {}
        assert waits == [7, 2]
        assert len({request["Idempotency-Key"] for request in asked}) == 1 < len(asked)

    def test_is_not_asked_for_ever(self, waits):
        with (
            answering(*[(503, {"Retry-After": "1"})] * 3) as (url, asked),
            pytest.raises(ScoringError) as caught,
        ):
            CreditScoring(url, repeats=2).predict({})
        assert caught.value.status == 503
        assert len(asked) == 3
        assert waits == [1, 1]

    @pytest.mark.usefixtures("waits")
    def test_that_breaks_off_is_asked_for_a_decision_again(self):
        with answering(None, (200, {})) as (url, asked):
            CreditScoring(url).predict({})
        assert len({request["Idempotency-Key"] for request in asked}) == 1 < len(asked)

    def test_that_breaks_off_gets_no_review_twice(self):
        with (
            answering(None) as (url, asked),
            pytest.raises(ScoringError, match="No answer") as caught,
        ):
            CreditScoring(url).review("1", "ACCEPTED", reviewer="A. Martin", reason="why not")
        assert caught.value.status == 0
        assert len(asked) == 1


def test_the_command_says_what_is_wrong(capsys, tmp_path):
    assert main([str(tmp_path / "missing.json")]) == 1
    assert "missing.json" in capsys.readouterr().err
