"""A damaged or hostile model stops the start of the deployed service, with the reason."""

import hashlib
import shutil
import subprocess

import pytest

from credit_scoring.bundle.bundle_files import read_bundle_files
from credit_scoring.bundle.manifest import MANIFEST_FILE, MODEL_FILE
from credit_scoring.bundle.safe_pickle import load_state
from tests.bundle.attacks import edited, files_with_text, item
from tests.server_process import DEPLOYED, PATIENCE, ROOT, environment, free_port


@pytest.fixture
def copy(model, tmp_path):
    return shutil.copytree(model, tmp_path / "model")


def start(folder):
    """Start the service, which must end by itself; its exit code and what it says."""
    run = subprocess.run(
        DEPLOYED, cwd=ROOT, env=environment(folder, PORT=str(free_port())), capture_output=True,
        text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    return run.returncode, run.stdout + run.stderr


def test_row_8_damaged_model_stops_the_start(copy):
    path = copy / MODEL_FILE
    data = path.read_bytes()[:-1]
    path.write_bytes(data)
    code, text = start(copy)
    assert code > 0
    digest = hashlib.sha256(data).hexdigest()
    assert f"Model unusable: {path} ({len(data)} bytes, sha256 {digest}) is not what" in text


def test_row_12_hostile_text_stops_the_start_without_a_crash(copy):
    files = read_bundle_files(copy)
    text = load_state(files[MODEL_FILE], MODEL_FILE)["fitted"]["model"]
    hostile = files_with_text(files, edited(text, "left_child", item(0, "-1000000"), 5))
    for name in (MODEL_FILE, MANIFEST_FILE):
        (copy / name).write_bytes(hostile[name])
    code, text = start(copy)
    assert code > 0
    place = f"{copy}/model.pkl: LightGBM's text, tree 5"
    assert f"Model unusable: {place}: left_child is -1000000: expected" in text
