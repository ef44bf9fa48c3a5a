"""A process follows the log of deployments: one model per request, and the old one if it fails."""

import shutil
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace

import pytest

from credit_scoring.database.engine import open_database
from credit_scoring.deployments.deployer import Deployer
from credit_scoring.errors import StorageError
from credit_scoring.serving import model_switch
from credit_scoring.serving.app_factory import DATABASE
from credit_scoring.serving.middleware import metrics
from credit_scoring.serving.model_switch import SWITCH
from credit_scoring.serving.service import EXTENSION, service
from credit_scoring.settings import load_settings
from tests.clock import Clock
from tests.server_process import PATIENCE, scratch_settings
from tests.serving.small_bundle import EXAMPLE

BY = {"who": "command line", "why": "a test"}


@pytest.fixture
def settings(bundle_folder, tmp_path):
    return replace(load_settings(scratch_settings(tmp_path)), model_path=bundle_folder)


@pytest.fixture
def app(make_app, settings):
    return make_app(settings)


@pytest.fixture
def switch(app):
    return app.extensions[SWITCH]


@pytest.fixture
def deployer(app, settings):
    """The command line's: it shares the database and the store with the app, and nothing else."""
    return Deployer.open(app.extensions[DATABASE], settings)


def served_version(app):
    return app.extensions[EXTENSION].scorer.version


class TestFollow:
    def test_deployment_of_another_process_is_served(self, app, switch, deployer, second_bundle):
        deployment = deployer.deploy_source(str(second_bundle), **BY)
        assert served_version(app) == deployment.replaced_version
        switch.follow()
        assert served_version(app) == deployment.version

    def test_same_bundle_is_not_loaded_again(self, app, switch, deployer, bundle_folder):
        before = app.extensions[EXTENSION]
        deployer.deploy_source(str(bundle_folder), **BY)
        switch.follow()
        assert app.extensions[EXTENSION] is before
        assert switch.state == "ok"

    def test_request_has_one_model_from_its_first_to_its_last_line(
        self, app, switch, deployer, second_bundle
    ):
        with app.test_request_context():
            before = service()
            deployer.deploy_source(str(second_bundle), **BY)
            switch.follow()
            assert service() is before
        with app.test_request_context():
            assert service() is not before

    def test_watcher_switches_soon(self, app, switch, deployer, second_bundle, monkeypatch):
        switched = threading.Event()
        monkeypatch.setattr(metrics, "show_deployment", lambda _deployment: switched.set())
        switch.start()
        switched.clear()
        deployment = deployer.deploy_source(str(second_bundle), **BY)
        assert switched.wait(PATIENCE)
        assert served_version(app) == deployment.version
        switch.stop()
        (watcher,) = (thread for thread in threading.enumerate() if thread.name == "model-switch")
        watcher.join(PATIENCE)

    def test_worker_serves_the_deployed_model_before_its_first_request(
        self, app, switch, deployer, second_bundle, monkeypatch
    ):
        """Forked later, it inherits the master's model, which is older."""
        monkeypatch.setattr(switch, "_watch", lambda: None)
        deployment = deployer.deploy_source(str(second_bundle), **BY)
        switch.start()
        assert served_version(app) == deployment.version


class TestOlderCopyOfTheDatabase:
    """A copy from before the last deployments is restored: numbers are given a second time."""

    @pytest.fixture
    def restored(self, deployer, settings, tmp_path):
        """The deployer of the copy."""
        with closing(sqlite3.connect(tmp_path / "decisions.db")) as database:
            database.execute("VACUUM INTO ?", (f"{tmp_path}/copy.db",))
        engine = open_database(f"sqlite:///{tmp_path}/copy.db")
        copy = Deployer.open(engine, settings)
        assert copy.log.newest() == deployer.log.newest()
        yield copy
        engine.dispose()

    @pytest.fixture
    def deploy_and_restore(self, app, switch, deployer, second_bundle, restored):
        deployment = deployer.deploy_source(str(second_bundle), **BY)
        switch.follow()
        assert served_version(app) == deployment.version
        switch.deployer = restored
        return deployment

    def test_its_deployment_is_served_though_its_number_is_lower(
        self, app, switch, deploy_and_restore
    ):
        switch.follow()
        assert served_version(app) == deploy_and_restore.replaced_version

    @pytest.mark.usefixtures("deploy_and_restore")
    def test_new_deployment_with_a_number_of_a_lost_one_is_served(
        self, app, switch, restored, bundle_folder
    ):
        again = restored.deploy_source(str(bundle_folder), **BY)
        switch.follow()
        assert again.number == 2
        assert served_version(app) == again.version

    def test_lost_deployment_that_was_not_loaded_is_forgotten(
        self, switch, restored, deployer, second_bundle
    ):
        deployment = deployer.deploy_source(str(second_bundle), **BY)
        shutil.rmtree(deployer.library.store.folder / str(deployment.stored_name))
        switch.follow(may_fetch=False)
        assert switch.state != "ok"
        switch.deployer = restored
        switch.follow()
        assert switch.state == "ok"


class TestFailure:
    @pytest.fixture
    def lost(self, deployer, second_bundle, tmp_path):
        """A deployment whose bundle is neither in the store nor at its source."""
        source = shutil.copytree(second_bundle, tmp_path / "source")
        deployment = deployer.deploy_source(str(source), **BY)
        stored = deployer.library.store.folder / str(deployment.stored_name)
        shutil.rmtree(stored)
        source.rename(tmp_path / "moved")
        return deployment

    def test_model_in_use_stays_and_the_state_says_so(self, app, switch, lost, caplog):
        switch.follow()
        assert served_version(app) == lost.replaced_version
        ready = app.test_client().get("/health/ready")
        assert ready.status_code == 200
        assert ready.json["model"] == "deployed version not loaded"
        assert app.test_client().post("/predict", json=EXAMPLE).status_code == 200
        assert f"version {lost.version} of deployment 2 cannot be loaded" in caplog.text

    def test_is_logged_once_and_tried_again_later(
        self, app, switch, lost, caplog, monkeypatch, tmp_path
    ):
        clock = Clock()
        monkeypatch.setattr(model_switch, "time", clock)
        for _ in range(3):
            switch.follow()
        assert caplog.text.count("cannot be loaded") == 1
        (tmp_path / "moved").rename(tmp_path / "source")
        switch.follow()
        assert served_version(app) == lost.replaced_version
        clock.now += model_switch.RETRY_AFTER
        switch.follow()
        assert served_version(app) == lost.version
        assert switch.state == "ok"

    def test_later_deployment_ends_it(self, app, switch, lost, deployer):
        switch.follow()
        deployer.deploy_version(lost.replaced_version, **BY)
        switch.follow()
        assert switch.state == "ok"
        assert served_version(app) == lost.replaced_version

    def test_new_worker_fetches_only_after_its_start(self, app, switch, deployer, second_bundle):
        """A slow source must not delay a worker, which the master would replace."""
        deployment = deployer.deploy_source(str(second_bundle), **BY)
        shutil.rmtree(deployer.library.store.folder / str(deployment.stored_name))
        switch.follow(may_fetch=False)
        assert switch.state == "deployed version not loaded"
        switch.follow()
        assert served_version(app) == deployment.version

    def test_database_that_is_down_changes_nothing(self, app, switch, monkeypatch):
        def newest():
            raise StorageError("down")

        monkeypatch.setattr(switch.deployer.log, "newest", newest)
        monkeypatch.setattr(switch, "_watch", lambda: None)
        before = app.extensions[EXTENSION]
        switch.start()
        assert app.extensions[EXTENSION] is before
