"""`signing-key create` and `sign`; a public key in the settings makes the signature obligatory."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from credit_scoring.bundle.signature import SIGNATURE_FILE
from credit_scoring.errors import BundleError
from credit_scoring.settings import load_settings
from tests.server_process import ROOT
from tests.special_files import make_special

BUNDLE = ROOT / "models/latest"


@pytest.fixture
def bundle(tmp_path):
    return shutil.copytree(BUNDLE, tmp_path / "bundle")


@pytest.fixture
def key(tmp_path):
    """The file of a private key, and its public key."""
    from credit_scoring.bundle.signing_key import create_signing_key
    from credit_scoring.settings.key_text import PUBLIC, encode_key

    path = tmp_path / "signing.key"
    return path, encode_key(PUBLIC, create_signing_key(path))


@pytest.fixture
def read_with_key():
    """Reads a bundle as the start of the app, a swap and an export read it."""
    from credit_scoring.scoring.verify_bundle import read_verified_bundle

    def read(folder, public):
        settings = load_settings({"CREDIT_SCORING_PUBLIC_KEY": public})
        return read_verified_bundle(folder, public_key=settings.public_key)

    return read


class TestSigningKey:
    def test_create_prints_the_line_for_the_setting(self, run_cli, tmp_path):
        code, text = run_cli("signing-key", "create", "--out", tmp_path / "key")
        assert code == 0
        public = text.split()[0]
        assert load_settings({"CREDIT_SCORING_PUBLIC_KEY": public}).public_key
        assert (tmp_path / "key").read_text().strip() not in text

    def test_second_create_keeps_the_key(self, run_cli, key):
        before = key[0].read_bytes()
        code, text = run_cli("signing-key", "create", "--out", key[0])
        assert code == 1
        assert "exists and is not overwritten" in text
        assert key[0].read_bytes() == before


class TestSign:
    def test_signed_bundle_is_read_and_holds_the_same_files(
        self, run_cli, bundle, key, read_with_key
    ):
        code, text = run_cli("sign", "--bundle", bundle, "--key", key[0])
        assert code == 0, text
        assert "is signed with the key" in text
        names = {path.name for path in bundle.iterdir()}
        assert names == {path.name for path in BUNDLE.iterdir()} | {SIGNATURE_FILE}
        read_with_key(bundle, key[1])

    def test_key_may_come_from_the_environment(
        self, run_cli, bundle, key, read_with_key, monkeypatch
    ):
        monkeypatch.setenv("CREDIT_SCORING_SIGNING_KEY", key[0].read_text())
        assert run_cli("sign", "--bundle", bundle)[0] == 0
        read_with_key(bundle, key[1])

    def test_without_a_key_the_message_names_option_and_setting(self, run_cli, bundle):
        code, text = run_cli("sign", "--bundle", bundle)
        assert code == 1
        assert "give --key or CREDIT_SCORING_SIGNING_KEY" in text

    def test_damaged_bundle_is_not_signed(self, run_cli, bundle, key):
        (bundle / "model.pkl").write_bytes(b"")
        code, text = run_cli("sign", "--bundle", bundle, "--key", key[0])
        assert code == 1
        assert "it was changed or damaged" in text
        assert not (bundle / SIGNATURE_FILE).exists()

    @pytest.mark.parametrize("name", ["signature.json", "MODEL_CARD.md"])
    def test_named_pipe_in_the_bundle_is_refused(self, run_cli, bundle, key, name):
        make_special(bundle / name, "named pipe")
        code, text = run_cli("sign", "--bundle", bundle, "--key", key[0])
        assert code == 1
        assert "It is a named pipe, not a regular file" in text


class TestObligatorySignature:
    def test_unsigned_bundle_is_refused(self, bundle, key, read_with_key):
        with pytest.raises(BundleError, match="requires a signature: sign the bundle"):
            read_with_key(bundle, key[1])

    def test_app_does_not_start_with_an_unsigned_bundle(self, bundle, key, tmp_path):
        environ = {
            **os.environ,
            "CREDIT_SCORING_PUBLIC_KEY": key[1],
            "CREDIT_SCORING_MODEL_PATH": str(bundle),
            "DATABASE_URL": f"sqlite:///{tmp_path}/decisions.db",
        }
        start = [sys.executable, "-c", "from app import app"]
        process = subprocess.run(
            start, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
        )
        assert process.returncode == 1
        assert "bundle has no signature.json, and CREDIT_SCORING_PUBLIC_KEY" in process.stderr

    def test_register_requires_it_before_mlflow_is_loaded(self, run_cli, bundle, key, monkeypatch):
        monkeypatch.setenv("CREDIT_SCORING_PUBLIC_KEY", key[1])
        code, text = run_cli("register", "--bundle", bundle)
        assert code == 1
        assert "requires a signature" in text


def test_key_is_rotated_while_bundles_of_both_are_accepted(
    run_cli, bundle, key, read_with_key, tmp_path
):
    """The steps of docs/backup.md."""
    old = key[1]
    run_cli("sign", "--bundle", bundle, "--key", key[0])
    code, text = run_cli("signing-key", "create", "--out", tmp_path / "new.key")
    assert code == 0
    (new,) = re.findall(r"ed25519-public:\S+", text)
    read_with_key(bundle, f"{old},{new}")
    with pytest.raises(BundleError):
        read_with_key(bundle, new)
    run_cli("sign", "--bundle", bundle, "--key", tmp_path / "new.key")
    read_with_key(bundle, f"{old},{new}")
    read_with_key(bundle, new)


class TestChangedFile:
    @pytest.fixture
    def signed(self, run_cli, bundle, key):
        assert run_cli("sign", "--bundle", bundle, "--key", key[0])[0] == 0
        return bundle

    def test_card_that_changes_nothing_keeps_the_signature(
        self, run_cli, signed, key, read_with_key
    ):
        assert run_cli("card", "--bundle", signed)[0] == 0
        read_with_key(signed, key[1])

    def test_card_that_changes_removes_the_signature_and_says_so(self, run_cli, signed):
        (signed / "fairness.json").unlink()
        code, text = run_cli("card", "--bundle", signed)
        assert code == 0
        assert "was removed, because the bundle has changed: python model.py sign --b" in text
        assert not (signed / SIGNATURE_FILE).exists()

    def test_files_of_another_command_in_the_bundle_remove_it(self, signed):
        from credit_scoring.commands.common_options import write_files

        write_files(signed, {"threshold.json": b"{}"})
        assert not (signed / SIGNATURE_FILE).exists()

    def test_folder_that_is_no_bundle_keeps_its_files(self, tmp_path):
        from credit_scoring.commands.common_options import write_files

        (tmp_path / SIGNATURE_FILE).write_text("mine")
        write_files(tmp_path, {"threshold.json": b"{}"})
        assert (tmp_path / SIGNATURE_FILE).read_text() == "mine"
