import numpy as np
import pytest

from credit_scoring.bundle.read_bundle import read_manifest
from tests.monitoring.model_counts import manifest_with, reference
from tests.serving.small_bundle import write


@pytest.fixture(scope="session")
def bare_manifest(tmp_path_factory):
    """The manifest of a model without a reference."""
    return read_manifest(write(tmp_path_factory.mktemp("monitored") / "bundle"))


@pytest.fixture(scope="session")
def manifest(bare_manifest):
    return manifest_with(bare_manifest, reference(np.random.default_rng(1)))


@pytest.fixture
def rng():
    return np.random.default_rng(2)
