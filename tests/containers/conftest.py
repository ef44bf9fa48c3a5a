"""The machine that replays containers, and what several images share."""

import pytest

from tests.containers.image import Builder
from tests.containers.machine import open_machine
from tests.server_process import ROOT

KEY = "a-key-of-these-tests-only-" * 2


@pytest.fixture(scope="session")
def machine():
    with open_machine() as machine:
        yield machine


@pytest.fixture(scope="session")
def system_images(machine):
    """Stages that do not depend on the requirements, by name."""
    builder = Builder(machine, ROOT)
    return {name: builder.build(name) for name in ("base", "libraries")}


@pytest.fixture(scope="session")
def images_with_sources(machine, system_images):
    """The same, and the packages with the clients of MLflow and the Hugging Face Hub."""
    builder = Builder(machine, ROOT, system_images, REQUIREMENTS="requirements-sources.txt")
    return {**system_images, "packages": builder.build("packages")}


@pytest.fixture(scope="session")
def authorisation():
    return {"Authorization": f"Bearer {KEY}"}


@pytest.fixture
def volume(tmp_path):
    """The folder of this machine behind a volume."""
    folder = tmp_path / "volume"
    folder.mkdir()
    return folder
