"""Full verification: its order, and the trial once per digest."""

import json

import pytest

from credit_scoring.bundle import read_bundle as read_module
from credit_scoring.bundle.bundle_files import read_bundle_files
from credit_scoring.bundle.manifest import MANIFEST_FILE, MODEL_FILE
from credit_scoring.bundle.safe_pickle import load_state
from credit_scoring.bundle.verified_digests import VerifiedDigests
from credit_scoring.errors import BundleError
from credit_scoring.scoring import verify_bundle as module
from credit_scoring.scoring.verify_bundle import read_verified_bundle, verify_bundle
from tests.bundle.attacks import edited, files_with_text, item
from tests.serving.small_bundle import write


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("bundle") / "latest")


@pytest.fixture(scope="module")
def files(folder):
    return read_bundle_files(folder)


@pytest.fixture
def steps(monkeypatch):
    """The steps that ran, in order; any signature is valid."""
    names = []
    monkeypatch.setattr(module, "require_signature", lambda *_: None)
    for name in (
        "parse_bundle_manifest", "require_signature", "parse_saved_bundle", "_try_in_child",
        "build_bundle", "verified_scorer",
    ):  # fmt: skip
        monkeypatch.setattr(module, name, _recorded(getattr(module, name), name, names))
    return names


def _recorded(function, name, names):
    def run(*arguments):
        names.append(name)
        return function(*arguments)

    return run


def test_the_child_comes_before_lightgbm_here_and_once_per_digest(folder, files, steps):
    known = VerifiedDigests()
    bundle = verify_bundle(files, "bundle", known=known, public_key=[b"key"])
    assert steps == [
        "parse_bundle_manifest", "require_signature", "parse_saved_bundle", "_try_in_child",
        "build_bundle", "verified_scorer",
    ]  # fmt: skip
    steps.clear()
    assert read_verified_bundle(folder, known=known).manifest == bundle.manifest
    assert "_try_in_child" not in steps
    assert "verified_scorer" in steps


def test_a_bundle_that_fails_is_not_remembered(files, steps):
    known = VerifiedDigests()
    manifest = json.loads(files[MANIFEST_FILE])
    manifest["golden_rows"][0]["probability"] = 0.123
    changed = {**files, MANIFEST_FILE: json.dumps(manifest).encode()}
    with pytest.raises(BundleError, match=r'its example "typical" the probability .* says 0\.123'):
        verify_bundle(changed, "bundle", known=known)
    assert steps[-1] == "_try_in_child"
    assert not known.has(changed)


def test_a_text_that_passes_the_grammar_and_crashes_is_not_read_here(files, steps, monkeypatch):
    """As if nobody had thought of it: the child alone refuses it."""
    monkeypatch.setattr(read_module, "require_valid_text", lambda *_: None)
    text = load_state(files[MODEL_FILE], MODEL_FILE)["fitted"]["model"]
    hostile = files_with_text(files, edited(text, "left_child", item(0, "-1000000"), 0))
    with pytest.raises(BundleError, match=r"bundle/model\.pkl: LightGBM"):
        verify_bundle(hostile, "bundle")
    assert steps[-1] == "_try_in_child"
