from dataclasses import replace

import pytest

from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.serving.service import Service
from tests.server_process import ROOT


@pytest.fixture(scope="session")
def deployed():
    """A service with the model of the repository, which has a reference, and without a log."""
    return Service.of(read_bundle(ROOT / "models/latest"), None)


@pytest.fixture(scope="session")
def without_reference(deployed):
    """The same service, with a bundle of an earlier version."""
    bundle = deployed.bundle
    old = replace(bundle, manifest=replace(bundle.manifest, reference=None))
    return replace(deployed, bundle=old)


@pytest.fixture(scope="session")
def high_risk(deployed):
    return deployed.bundle.manifest.example("high risk")
