"""Deploying from a source, a stored version, and back; what is refused changes nothing."""

import shutil
from dataclasses import replace

import pytest

from credit_scoring.bundle import model_store
from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.deployments.deployer import Deployer
from credit_scoring.errors import (
    BundleError,
    DeploymentConflictError,
    ModelRefusedError,
    ModelStoreError,
    SourceError,
    UnknownVersionError,
)

BY = {"who": "command line", "why": "a test"}


def stored_versions(deployer):
    return [name.version for name in deployer.library.store.names()]


class TestDeploySource:
    def test_deployment_is_recorded_and_stored(self, deployer, place):
        deployment = deployer.deploy_source(str(place.folder), **BY)
        version = read_manifest(place.folder).version
        assert deployer.log.history() == [deployment]
        assert (deployment.kind, deployment.version) == ("source", version)
        assert (deployment.source, deployment.who) == (str(place.folder), "command line")
        assert deployer.library.store.names() == [deployment.stored_name]

    def test_next_one_names_what_it_replaces(self, deployer, place, other):
        first = deployer.deploy_source(str(place.folder), **BY)
        second = deployer.deploy_source(str(other.folder), **BY)
        assert second.number == 2
        assert second.replaced_version == first.version != second.version

    @pytest.mark.parametrize("damage", ["truncated", "flipped", "no manifest", "missing"])
    def test_broken_model_is_refused_and_changes_nothing(self, deployer, place, other, damage):
        first = deployer.deploy_source(str(place.folder), **BY)
        pickle = other.folder / "model.pkl"
        data = bytearray(pickle.read_bytes())
        if damage == "truncated":
            pickle.write_bytes(data[:-1])
        elif damage == "flipped":
            data[1000] ^= 1
            pickle.write_bytes(data)
        elif damage == "no manifest":
            (other.folder / "model.json").unlink()
        else:
            shutil.rmtree(other.folder)
        refused = (ModelRefusedError, SourceError)
        with pytest.raises(refused, match=str(other.folder)) as refusal:
            deployer.deploy_source(str(other.folder), **BY)
        assert refusal.value.status == 422
        assert deployer.log.newest() == first
        assert deployer.library.store.names() == [first.stored_name]

    def test_source_may_change_after_it_was_read(self, deployer, other):
        """The stored bytes are those that were verified."""
        deployment = deployer.deploy_source(str(other.folder), **BY)
        other.put(2)
        assert deployer.library.load(deployment, may_fetch=False).manifest.version == (
            deployment.version
        )

    def test_unwritable_store_is_an_error_that_names_it(self, deployer, place):
        deployer.library.store.folder.write_text("a file")
        with pytest.raises(
            ModelStoreError, match=r"cannot be written .*CREDIT_SCORING_MODEL_STORE"
        ):
            deployer.deploy_source(str(place.folder), **BY)
        assert deployer.log.newest() is None

    def test_later_of_two_is_a_conflict(self, deployer, place, other, monkeypatch):
        """The other deployment is made while this one verifies its bundle."""
        fetch = deployer.library.fetch

        def slow_fetch(source):
            monkeypatch.undo()
            deployer.deploy_source(str(place.folder), **BY)
            return fetch(source)

        monkeypatch.setattr(deployer.library, "fetch", slow_fetch)
        with pytest.raises(DeploymentConflictError, match="another deployment was made meanwhile"):
            deployer.deploy_source(str(other.folder), **BY)
        assert len(deployer.log.history()) == 1


class TestDeployVersion:
    def test_stored_version_needs_no_source(self, deployer, place):
        versions = []
        for number in range(3):
            versions.append(place.put(number))
            deployer.deploy_source(str(place.folder), **BY)
        shutil.rmtree(place.folder)
        deployment = deployer.deploy_version(versions[0], **BY)
        assert (deployment.kind, deployment.version) == ("version", versions[0])
        assert deployment.source == str(place.folder)
        assert deployment.replaced_version == versions[2]

    def test_name_with_the_digest_is_a_version(self, deployer, place):
        first = deployer.deploy_source(str(place.folder), **BY)
        assert deployer.deploy_version(str(first.stored_name), **BY).digest == first.digest

    @pytest.mark.parametrize("version", ["000000000000", "..", "verified", ""])
    def test_unknown_version_lists_the_stored_ones(self, deployer, place, version):
        first = deployer.deploy_source(str(place.folder), **BY)
        with pytest.raises(UnknownVersionError, match=f"the model store: it has {first.version};"):
            deployer.deploy_version(version, **BY)

    def test_damaged_version_is_refused(self, deployer, place):
        first = deployer.deploy_source(str(place.folder), **BY)
        (deployer.library.store.folder / str(first.stored_name) / "model.pkl").write_bytes(b"?")
        with pytest.raises(ModelRefusedError, match="was changed or damaged"):
            deployer.deploy_version(first.version, **BY)


class TestRollback:
    def test_version_before_is_deployed_without_its_source(self, deployer, place, other):
        first = deployer.deploy_source(str(place.folder), **BY)
        second = deployer.deploy_source(str(other.folder), **BY)
        shutil.rmtree(place.folder)
        shutil.rmtree(other.folder)
        assert deployer.rollback(**BY).version == first.version
        assert deployer.rollback(**BY).version == second.version

    def test_repeated_deployment_is_no_version_before(self, deployer, place, other):
        first = deployer.deploy_source(str(place.folder), **BY)
        for _ in range(2):
            deployer.deploy_source(str(other.folder), **BY)
        assert deployer.rollback(**BY).version == first.version

    def test_first_deployment_cannot_be_rolled_back(self, deployer, place):
        with pytest.raises(UnknownVersionError, match="no version was deployed before"):
            deployer.rollback(**BY)
        deployer.deploy_source(str(place.folder), **BY)
        with pytest.raises(UnknownVersionError, match="no version was deployed before"):
            deployer.rollback(**BY)


def test_version_in_use_and_three_before_it_are_kept(deployer, place, monkeypatch):
    monkeypatch.setattr(model_store, "PRUNED_AFTER", 0)
    versions = []
    for number in range(5):
        versions.append(place.put(number))
        deployer.deploy_source(str(place.folder), **BY)
    assert set(stored_versions(deployer)) == set(versions[1:])
    deployer.deploy_version(versions[1], **BY)
    place.put(0)
    deployer.deploy_source(str(place.folder), **BY)
    assert set(stored_versions(deployer)) == {versions[0], versions[1], versions[4], versions[3]}


class TestLoad:
    """What a worker does with a deployment that another machine made."""

    @pytest.fixture
    def elsewhere(self, engine, settings, tmp_path):
        """The deployer of a machine with an empty store."""
        return Deployer.open(engine, replace(settings, model_store=tmp_path / "elsewhere"))

    def test_missing_version_is_fetched_and_stored(self, deployer, elsewhere, other):
        deployment = deployer.deploy_source(str(other.folder), **BY)
        with pytest.raises(BundleError):
            elsewhere.library.load(deployment, may_fetch=False)
        assert elsewhere.library.load(deployment, may_fetch=True).manifest.version == (
            deployment.version
        )
        shutil.rmtree(other.folder)
        assert elsewhere.library.load(deployment, may_fetch=False)

    def test_source_that_gives_another_version_is_refused(self, deployer, elsewhere, other):
        deployment = deployer.deploy_source(str(other.folder), **BY)
        now = other.put(2)
        with pytest.raises(BundleError, match=f"gives version {now} now, and version .* is not in"):
            elsewhere.library.load(deployment, may_fetch=True)
