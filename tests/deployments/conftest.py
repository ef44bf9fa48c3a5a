import shutil
from dataclasses import dataclass, replace

import pytest

from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.deployments.deployer import Deployer
from credit_scoring.settings import load_settings
from tests.server_process import scratch_settings
from tests.serving.small_bundle import write


@dataclass(frozen=True)
class Place:
    """A folder that a test fills with one bundle after the other, as releases do."""

    folder: object
    bundles: tuple

    def put(self, number):
        """Put bundle `number` in the folder, and return its version."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.bundles[number], self.folder)
        return read_manifest(self.folder).version


@pytest.fixture(scope="session")
def bundles(tmp_path_factory):
    """Five bundles, whose models have other probabilities."""
    folder = tmp_path_factory.mktemp("bundles")
    return tuple(write(folder / str(seed), seed) for seed in range(5))


@pytest.fixture
def place(tmp_path, bundles):
    """The configured folder, with bundle 0."""
    place = Place(tmp_path / "configured", bundles)
    place.put(0)
    return place


@pytest.fixture
def other(tmp_path, bundles):
    """Another folder, with bundle 1."""
    place = Place(tmp_path / "other", bundles)
    place.put(1)
    return place


@pytest.fixture
def settings(tmp_path, place):
    return replace(load_settings(scratch_settings(tmp_path)), model_path=place.folder)


@pytest.fixture
def deployer(engine, settings):
    return Deployer.open(engine, settings)
