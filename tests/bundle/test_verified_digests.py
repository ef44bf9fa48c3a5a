"""The memory of verified bundles: shared by processes, and void when bundle or library change."""

import pytest

from credit_scoring.bundle import verified_digests as module
from credit_scoring.bundle.manifest import MANIFEST_FILE, MODEL_FILE
from credit_scoring.bundle.verified_digests import VerifiedDigests

FILES = {MODEL_FILE: b"model", MANIFEST_FILE: b"manifest", "MODEL_CARD.md": b"card"}


@pytest.mark.parametrize("on_disk", [False, True], ids=["of a process", "in a folder"])
def test_a_verified_bundle_is_known(tmp_path, on_disk):
    known = VerifiedDigests(tmp_path / "verified" if on_disk else None)
    assert not known.has(FILES)
    known.add(FILES)
    assert known.has(FILES)
    assert known.has({**FILES, "MODEL_CARD.md": b"another"})  # the trial does not read it
    assert VerifiedDigests(tmp_path / "verified").has(FILES) == on_disk


@pytest.mark.parametrize("name", [MODEL_FILE, MANIFEST_FILE])
def test_another_model_or_manifest_is_unknown(tmp_path, name):
    known = VerifiedDigests(tmp_path)
    known.add(FILES)
    assert not known.has({**FILES, name: b"another"})


def test_another_version_of_lightgbm_or_of_the_checks_is_unknown(tmp_path, monkeypatch):
    known = VerifiedDigests(tmp_path)
    known.add(FILES)
    with monkeypatch.context() as patch:
        patch.setattr(module, "version", lambda _name: "4.99.0")
        assert not known.has(FILES)
    monkeypatch.setattr(module, "CHECKS_VERSION", module.CHECKS_VERSION + 1)
    assert not known.has(FILES)


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "file").touch()
    known = VerifiedDigests(tmp_path / "file")
    known.add(FILES)
    assert known.has(FILES)
