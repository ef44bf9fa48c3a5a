"""A small bundle with what the attacks on LightGBM's text need."""

import pytest

from credit_scoring.bundle.bundle_files import read_bundle_files
from credit_scoring.bundle.manifest import MODEL_FILE
from credit_scoring.bundle.safe_pickle import load_state
from tests.bundle.attacks import PARAMS
from tests.serving.small_bundle import write


@pytest.fixture(scope="session")
def attacked_folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("attacked") / "latest", **PARAMS)


@pytest.fixture(scope="session")
def attacked_files(attacked_folder):
    return read_bundle_files(attacked_folder)


@pytest.fixture(scope="session")
def good_text(attacked_files):
    return load_state(attacked_files[MODEL_FILE], MODEL_FILE)["fitted"]["model"]
