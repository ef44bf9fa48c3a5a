"""The model that a service starts with: a new release wins, a swap survives a restart."""

import shutil
from dataclasses import replace

import pytest

from credit_scoring.bundle.bundle_files import read_bundle_files
from credit_scoring.deployments import model_library
from credit_scoring.deployments.deployer import Deployer
from credit_scoring.deployments.model_at_start import choose_model
from credit_scoring.errors import BundleError, DeploymentConflictError, SourceUnavailableError
from credit_scoring.model_sources.fetched_bundle import FetchedBundle
from tests.deployments.test_deployer import BY


def start(deployer):
    """Start a service; return the version that it serves, and the number of its deployment."""
    started = choose_model(deployer)
    version = started.bundle.manifest.version
    if started.deployment is not None:
        assert started.deployment == deployer.log.newest()
        assert started.deployment.version == version
    return version, started.deployment and started.deployment.number


class TestConfiguredSource:
    def test_first_start_deploys_it(self, deployer, place):
        version = place.put(0)
        assert start(deployer) == (version, 1)
        newest = deployer.log.newest()
        assert (newest.kind, newest.who, newest.source) == ("start", "start", str(place.folder))
        assert deployer.library.store.names() == [newest.stored_name]

    def test_second_start_deploys_nothing(self, deployer, place):
        version = place.put(0)
        assert [start(deployer) for _ in range(3)] == [(version, 1)] * 3

    def test_new_release_is_deployed(self, deployer, place):
        start(deployer)
        version = place.put(2)
        assert start(deployer) == (version, 2)
        version = place.put(0)  # the release is reverted
        assert start(deployer) == (version, 3)

    def test_other_configured_folder_is_deployed_each_time(self, deployer, other, engine, settings):
        """Such as models/latest and models/local in turn, with one database."""
        second = Deployer.open(engine, replace(settings, model_path=other.folder))
        versions = [start(each)[0] for each in (deployer, second, deployer, second)]
        assert versions[:2] == versions[2:]
        assert versions[0] != versions[1]

    def test_broken_bundle_stops_the_start(self, deployer, place):
        start(deployer)
        place.put(1)
        (place.folder / "model.pkl").write_bytes(b"?")
        with pytest.raises(BundleError, match=r"model\.pkl \(1 bytes, sha256 8a8de823"):
            choose_model(deployer)
        assert len(deployer.log.history()) == 1

    def test_machines_that_start_at_once_record_it_once(self, deployer, monkeypatch):
        record = deployer.record_start

        def another_is_faster(replaced, configured):
            monkeypatch.undo()
            record(replaced, configured)
            raise DeploymentConflictError("faster")

        monkeypatch.setattr(deployer, "record_start", another_is_faster)
        assert start(deployer)[1] == 1
        assert len(deployer.log.history()) == 1

    def test_unwritable_store_is_logged_and_the_folder_served(self, deployer, place, caplog):
        deployer.library.store.folder.write_text("a file")
        version = place.put(0)
        assert start(deployer) == (version, 1)
        assert "models cannot be swapped or rolled back on this machine" in caplog.text


class TestSwap:
    def test_survives_a_restart(self, deployer, other):
        start(deployer)
        swapped = deployer.deploy_source(str(other.folder), **BY)
        assert start(deployer) == (swapped.version, 2)

    def test_new_release_replaces_it(self, deployer, place, other):
        start(deployer)
        deployer.deploy_source(str(other.folder), **BY)
        version = place.put(2)
        assert start(deployer) == (version, 3)

    def test_rollback_of_the_configured_source_survives(self, deployer, place):
        """The source gave its present bundle in a swap, not at a start."""
        first = place.put(0)
        start(deployer)
        place.put(2)
        deployer.deploy_source(str(place.folder), **BY)
        deployer.rollback(**BY)
        assert start(deployer) == (first, 3)

    def test_swapped_bundle_is_fetched_on_a_new_machine(self, deployer, other):
        """A platform's disk is empty after a restart."""
        start(deployer)
        swapped = deployer.deploy_source(str(other.folder), **BY)
        shutil.rmtree(deployer.library.store.folder)
        assert start(deployer) == (swapped.version, 2)
        shutil.rmtree(other.folder)
        assert start(deployer) == (swapped.version, 2)

    def test_configured_model_is_served_if_the_swapped_one_is_lost(self, deployer, other, caplog):
        version, _ = start(deployer)
        swapped = deployer.deploy_source(str(other.folder), **BY)
        shutil.rmtree(deployer.library.store.folder)
        shutil.rmtree(other.folder)
        assert start(deployer) == (version, None)
        assert f"version {swapped.version} is deployed but cannot be loaded" in caplog.text

    def test_query_of_the_configured_source_is_not_logged(
        self, deployer, place, other, engine, settings, caplog, monkeypatch
    ):
        source = "https://models.example.org/july.tar"
        files = read_bundle_files(place.folder)
        monkeypatch.setattr(model_library, "fetch", lambda *_: FetchedBundle(files, ""))
        configured = Deployer.open(engine, replace(settings, model_source=f"{source}?token=secret"))
        start(configured)
        monkeypatch.undo()
        deployer.deploy_source(str(other.folder), **BY)
        shutil.rmtree(deployer.library.store.folder)

        def fetch(address, _settings):
            if address.startswith(source):
                return FetchedBundle(files, "")
            raise SourceUnavailableError("the folder is lost")

        monkeypatch.setattr(model_library, "fetch", fetch)
        choose_model(configured)
        assert f"which {source} gives, is served" in caplog.text
        assert "secret" not in caplog.text


class TestUnreachableSource:
    @pytest.fixture
    def unreachable(self, monkeypatch):
        def fetch(source, _settings):
            raise SourceUnavailableError(f"{source} does not answer")

        return lambda: monkeypatch.setattr(model_library, "fetch", fetch)

    def test_last_verified_model_is_served(self, deployer, other, unreachable, caplog):
        start(deployer)
        swapped = deployer.deploy_source(str(other.folder), **BY)
        unreachable()
        started = choose_model(deployer)
        assert started.bundle.manifest.version == swapped.version
        assert started.deployment == swapped
        assert not started.source_reached
        assert (
            f"does not answer; version {swapped.version}, which was verified before" in caplog.text
        )

    def test_earlier_one_is_served_if_the_last_is_lost(self, deployer, other, unreachable):
        version, _ = start(deployer)
        swapped = deployer.deploy_source(str(other.folder), **BY)
        shutil.rmtree(deployer.library.store.folder / str(swapped.stored_name))
        unreachable()
        assert start(deployer) == (version, None)

    def test_start_stops_without_a_verified_model(self, deployer, unreachable):
        unreachable()
        with pytest.raises(SourceUnavailableError, match="does not answer"):
            choose_model(deployer)
