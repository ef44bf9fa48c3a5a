"""/admin: swapping the model over HTTP, what is refused, and the stored models."""

import json
import shutil
import threading
from dataclasses import replace

import pytest

from credit_scoring.access.api_key import new_key
from credit_scoring.access.key_store import KeyStore
from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.deployments.deployer import Deployer
from credit_scoring.errors import SourceUnavailableError
from credit_scoring.serving.app_factory import DATABASE
from credit_scoring.serving.model_switch import SWITCH
from credit_scoring.settings import load_settings
from tests.api_contract import ApiContract
from tests.server_process import scratch_settings
from tests.serving.small_bundle import EXAMPLE

REASON = {"reason": "a test"}


@pytest.fixture
def app(make_app, folder, tmp_path):
    return make_app(replace(load_settings(scratch_settings(tmp_path)), model_path=folder))


@pytest.fixture
def contract(client):
    return ApiContract(client.get("/openapi.json").json)


@pytest.fixture
def release(folder, second_bundle):
    """Put the second bundle in the configured folder, and return its version."""

    def release():
        shutil.rmtree(folder)
        shutil.copytree(second_bundle, folder)
        return read_manifest(folder).version

    return release


def swap(client, **body):
    return client.post("/admin/model", json={**REASON, **body})


def version_of(client):
    return client.get("/health").json["model_version"]


class TestSwap:
    def test_source_is_deployed_and_answers_at_once(self, client, contract, folder, release):
        before = client.post("/predict", json=EXAMPLE).json
        version = release()
        answer = swap(client, source=str(folder))
        contract.check("POST /admin/model", answer)
        assert answer.json == {"deployment": 2, "from": before["model_version"], "to": version}
        after = client.post("/predict", json=EXAMPLE).json
        assert after["model_version"] == version
        assert after["probability"] != before["probability"]

    def test_everything_that_depends_on_the_model_follows(self, client, folder, release):
        paths = ("/model/info", "/model/features", "/openapi.json", "/metrics", "/health/ready")
        before = {path: client.get(path).text for path in paths}
        page = client.get("/", headers={"Accept": "text/html"}).text
        version = release()
        swap(client, source=str(folder))
        for path in paths:
            if path != "/model/features":  # the same in both
                assert client.get(path).text != before[path], path
                assert version in client.get(path).text, path
        assert version in client.get("/", headers={"Accept": "text/html"}).text
        assert version not in page
        assert client.get("/health/ready").json["model"] == "ok"

    def test_version_is_rolled_back_without_its_source(self, client, folder, release):
        first = version_of(client)
        release()
        swap(client, source=str(folder))
        shutil.rmtree(folder)
        assert swap(client, version=first).json["to"] == first == version_of(client)

    def test_swap_is_in_the_log_with_who_and_why(self, client, contract, folder, caplog):
        caplog.set_level("INFO", logger="credit_scoring")
        version = version_of(client)
        swap(client, source=str(folder))
        answer = client.get("/admin/models")
        contract.check("GET /admin/models", answer)
        newest, first = answer.json["deployments"]
        assert (newest["number"], newest["who"], newest["why"]) == (2, "no key", "a test")
        assert (newest["version"], newest["replaced_version"]) == (version, version)
        assert (first["number"], first["who"], first["kind"]) == (1, "start", "start")
        (record,) = (record for record in caplog.records if record.message == "model switched")
        assert (record.deployment, record.to, record.who) == (2, version, "no key")
        assert "a test" not in caplog.text

    def test_key_is_named(self, app, client, folder):
        key, text = new_key("ops", ["admin"], None)
        KeyStore(app.extensions[DATABASE]).add(key)
        headers = {"Authorization": f"Bearer {text}"}
        body = {**REASON, "source": str(folder)}
        assert client.post("/admin/model", json=body, headers=headers).status_code == 200
        models = client.get("/admin/models", headers=headers).json
        assert models["deployments"][0]["who"] == key.key_id

    def test_stored_models_are_described(self, client, folder, release):
        release()
        swap(client, source=str(folder))
        second, first = client.get("/admin/models").json["models"]
        manifest = read_manifest(folder)
        assert (second["version"], second["in_use"]) == (manifest.version, True)
        assert second["metrics"] == json.loads(json.dumps(manifest.metrics))
        assert (first["in_use"], first["signed_by"]) == (False, None)
        assert first["name"].startswith(f"{first['version']}-")


class TestRefusal:
    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"source": "a", "version": "b"},
            {"source": 5},
            {"source": ""},
            {"version": ""},
            {"version": "x", "reason": ""},
            {"version": "x", "force": True},
        ],
        ids=json.dumps,
    )
    def test_malformed_body_is_422(self, client, contract, body):
        answer = swap(client, **body)
        contract.check("POST /admin/model", answer)
        assert answer.status_code == 422
        assert answer.json["errors"]

    def test_unknown_version_is_404(self, client, contract):
        answer = swap(client, version="000000000000")
        contract.check("POST /admin/model", answer)
        assert answer.status_code == 404
        assert f"it has {version_of(client)};" in answer.json["detail"]

    def test_broken_model_is_422_and_names_file_and_digest(self, client, contract, folder):
        version = version_of(client)
        (folder / "model.pkl").write_bytes(b"?")
        answer = swap(client, source=str(folder))
        contract.check("POST /admin/model", answer)
        assert answer.status_code == 422
        assert "model.pkl (1 bytes, sha256 8a8de823" in answer.json["detail"]
        assert version_of(client) == version
        assert len(client.get("/admin/models").json["deployments"]) == 1

    def test_unavailable_source_is_503(self, app, client, contract, folder, monkeypatch):
        def fetch(source):
            raise SourceUnavailableError(f"{source} does not answer")

        monkeypatch.setattr(app.extensions[SWITCH].deployer.library, "fetch", fetch)
        answer = swap(client, source=str(folder))
        contract.check("POST /admin/model", answer)
        assert answer.status_code == 503

    def test_unwritable_store_is_501(self, client, contract, folder, tmp_path, release):
        shutil.rmtree(tmp_path / "models")
        (tmp_path / "models").write_text("a file")
        release()
        answer = swap(client, source=str(folder))
        contract.check("POST /admin/model", answer)
        assert answer.status_code == 501
        assert "set CREDIT_SCORING_MODEL_STORE" in answer.json["detail"]

    @pytest.mark.parametrize("route", ["GET /admin/models", "POST /admin/model"])
    def test_other_scopes_are_refused(self, app, client, contract, route):
        key, text = new_key("branch", ["score", "review"], None)
        KeyStore(app.extensions[DATABASE]).add(key)
        headers = {"Authorization": f"Bearer {text}"}
        method, path = route.split()
        for sent, status in (({}, 401), (headers, 403)):
            answer = client.open(path, method=method, json={**REASON, "version": "x"}, headers=sent)
            contract.check(route, answer)
            assert answer.status_code == status


def test_swaps_at_once_give_one_winner(app, folder, monkeypatch):
    """Row 6, in one process: both have read the same newest deployment."""
    barrier = threading.Barrier(8)
    fetch = Deployer(None, app.extensions[SWITCH].deployer.library).library.fetch

    def fetch_together(source):
        barrier.wait()
        return fetch(source)

    monkeypatch.setattr(app.extensions[SWITCH].deployer.library, "fetch", fetch_together)
    statuses = []

    def deploy():
        statuses.append(swap(app.test_client(), source=str(folder)).status_code)

    threads = [threading.Thread(target=deploy) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, *[409] * 7]
