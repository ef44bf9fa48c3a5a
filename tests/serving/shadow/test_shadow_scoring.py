"""Shadow scoring: every new decision gets the challenger's score, and no answer changes."""

import dataclasses
import shutil
import time

import pytest
from sqlalchemy import select

from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.database.table_definitions import shadow_scores
from credit_scoring.scoring.scorer import Scorer
from credit_scoring.serving.app_factory import DATABASE
from credit_scoring.serving.middleware.metrics import REGISTRY
from credit_scoring.serving.shadow import shadow_scoring as module
from credit_scoring.serving.shadow.shadow_scoring import SHADOW
from tests.other_bundle import write_with_threshold
from tests.server_process import PATIENCE
from tests.serving.small_bundle import EXAMPLE

STRICT = 0.000001  # a threshold that refuses everybody


@pytest.fixture(scope="session")
def challenger_folder(bundle_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("challenger") / "strict"
    return write_with_threshold(bundle_folder, STRICT, folder)


@pytest.fixture
def make_shadow_app(make_app, app_settings, tmp_path):
    """Create apps with a challenger and a database of their own."""

    def create(challenger):
        url = f"sqlite:///{tmp_path}/decisions.db"
        settings = dataclasses.replace(app_settings, challenger=str(challenger), database_url=url)
        return make_app(settings)

    return create


@pytest.fixture
def app(make_shadow_app, challenger_folder):
    return make_shadow_app(challenger_folder)


def post(app, path="/predict", body=None, **headers):
    """Send a request, and end its response as a server does."""
    body = {"features": EXAMPLE} if body is None else body
    response = app.test_client().post(path, json=body, headers=headers, buffered=True)
    response.close()
    assert response.status_code == 200, response.text
    return response.json


def stored_scores(app):
    """The stored scores by decision, after the queue was worked off."""
    app.extensions[SHADOW].stop()
    with app.extensions[DATABASE].connect() as connection:
        rows = connection.execute(select(shadow_scores)).mappings().all()
    return {row["decision_id"]: row for row in rows}


def unscored(reason):
    labels = {"reason": reason}
    return REGISTRY.get_sample_value("credit_scoring_shadow_unscored_total", labels) or 0


def test_every_route_s_decisions_get_a_score(app, challenger_folder):
    app.extensions[SHADOW].start()
    ids = [
        post(app)["decision_id"],
        post(app, "/predict/explain")["decision_id"],
        *(
            prediction["decision_id"]
            for prediction in post(app, "/predict/batch", {"applicants": [EXAMPLE] * 3})[
                "predictions"
            ]
        ),
    ]
    scores = stored_scores(app)
    assert scores.keys() == set(ids)
    expected = Scorer(read_bundle(challenger_folder)).score(EXAMPLE)
    for row in scores.values():
        assert row["probability"] == expected.probability
        assert (row["threshold"], row["score"]) == (STRICT, 1)
        assert row["challenger_version"] == expected.model_version


def test_answer_is_the_champions(app, make_app, app_settings):
    app.extensions[SHADOW].start()
    answer = post(app)
    alone = post(make_app(app_settings))
    assert {**answer, "decision_id": ""} == {**alone, "decision_id": ""}
    app.extensions[SHADOW].stop()


def test_left_out_feature_is_missing_as_for_the_champion(app):
    app.extensions[SHADOW].start()
    features = {name: value for name, value in EXAMPLE.items() if name != "EXT_SOURCE_3"}
    decision_id = post(app, body={"features": features})["decision_id"]
    assert stored_scores(app).keys() == {decision_id}


def test_repeated_request_is_scored_once(app):
    app.extensions[SHADOW].start()
    ids = {post(app, **{"Idempotency-Key": "k"})["decision_id"] for _ in range(3)}
    assert stored_scores(app).keys() == ids
    assert len(ids) == 1


def test_request_does_not_wait_for_the_challenger(app, monkeypatch):
    """Without its thread nothing is scored, and the answer comes all the same."""
    monkeypatch.setattr(app.extensions[SHADOW], "_thread", object())
    post(app)
    assert len(app.extensions[SHADOW]._pending) == 1


def test_full_queue_drops_and_counts(app, monkeypatch):
    shadow = app.extensions[SHADOW]
    monkeypatch.setattr(shadow, "_thread", object())
    monkeypatch.setattr(shadow._pending, "_size", 2)
    before = unscored("queue full")
    post(app, "/predict/batch", {"applicants": [EXAMPLE] * 5})
    assert len(shadow._pending) == 2
    assert unscored("queue full") == before + 3


def test_same_model_does_not_score(make_shadow_app, bundle_folder, caplog):
    app = make_shadow_app(bundle_folder)
    app.extensions[SHADOW].start()
    before = unscored("same model")
    post(app)
    post(app)
    assert stored_scores(app) == {}
    assert unscored("same model") == before + 2
    assert caplog.text.count("the challenger is the served model") == 1
    info = app.test_client().get("/model/info").json["challenger"]
    assert info["status"] == "same model"


class TestUnavailable:
    def test_broken_challenger_does_not_stop_the_service(
        self, make_shadow_app, challenger_folder, tmp_path, caplog
    ):
        folder = shutil.copytree(challenger_folder, tmp_path / "broken")
        (folder / "model.pkl").write_bytes(b"no pickle")
        app = make_shadow_app(folder)
        assert "the challenger cannot be loaded" in caplog.text
        app.extensions[SHADOW].start()
        before = unscored("unavailable")
        post(app)
        assert unscored("unavailable") == before + 1
        info = app.test_client().get("/model/info").json["challenger"]
        assert info == {"status": "unavailable", "version": None}
        assert "credit_scoring_challenger_loaded 0.0" in app.test_client().get("/metrics").text
        app.extensions[SHADOW].stop()

    def test_challenger_is_tried_again(
        self, make_shadow_app, challenger_folder, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(module, "RETRY_AFTER", 0)
        app = make_shadow_app(tmp_path / "later")
        shutil.copytree(challenger_folder, tmp_path / "later")
        shadow = app.extensions[SHADOW]
        shadow.start()
        for _ in range(PATIENCE * 20):
            if shadow.version:
                break
            time.sleep(0.05)
        decision_id = post(app)["decision_id"]
        assert stored_scores(app).keys() == {decision_id}

    def test_database_that_fails_loses_scores_not_the_thread(self, app, monkeypatch):
        from credit_scoring.errors import StorageError

        shadow = app.extensions[SHADOW]
        append = shadow._writer.append

        def fail(_scores):
            monkeypatch.setattr(shadow._writer, "append", append)
            raise StorageError("locked")

        monkeypatch.setattr(shadow._writer, "append", fail)
        before = unscored("not stored")
        shadow._thread = object()
        post(app)
        shadow._work()
        shadow._store()
        assert unscored("not stored") == before + 1
        decision_id = post(app)["decision_id"]
        shadow._work()
        shadow._thread = None
        shadow._store()
        assert stored_scores(app).keys() == {decision_id}


def test_without_a_challenger_there_is_none(make_app, app_settings):
    client = make_app(app_settings).test_client()
    assert client.get("/model/info").json["challenger"] is None
