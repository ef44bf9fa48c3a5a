"""Signatures: any change of a bundle's files breaks them, and the message says what and why."""

import base64
import json
import stat

import pytest

from credit_scoring.bundle.signature import SIGNATURE_FILE, require_signature, sign_files
from credit_scoring.bundle.signing_key import (
    create_signing_key,
    key_id,
    public_key_of,
    read_signing_key,
)
from credit_scoring.errors import BundleError, SettingError
from tests.special_files import KINDS, make_special

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
PUBLIC, OTHER_PUBLIC = public_key_of(KEY), public_key_of(OTHER_KEY)
FILES = {"model.json": b"{}", "model.pkl": b"pickle", "MODEL_CARD.md": b"# Card"}


@pytest.fixture
def signed():
    return {**FILES, SIGNATURE_FILE: sign_files(FILES, KEY)}


def changed(signed, **fields):
    """The signed files with other fields in signature.json."""
    content = json.loads(signed[SIGNATURE_FILE]) | fields
    return {**signed, SIGNATURE_FILE: json.dumps(content).encode()}


class TestSignature:
    def test_signed_files_are_accepted(self, signed):
        assert require_signature(signed, "m", [PUBLIC]) == key_id(PUBLIC)

    def test_each_of_several_keys_is_accepted(self, signed):
        other = {**FILES, SIGNATURE_FILE: sign_files(FILES, OTHER_KEY)}
        assert require_signature(signed, "m", [OTHER_PUBLIC, PUBLIC]) == key_id(PUBLIC)
        assert require_signature(other, "m", [OTHER_PUBLIC, PUBLIC]) == key_id(OTHER_PUBLIC)

    def test_signing_again_gives_the_same_file(self, signed):
        assert sign_files(signed, KEY) == signed[SIGNATURE_FILE]

    @pytest.mark.parametrize("name", FILES)
    def test_changed_byte_is_named(self, signed, name):
        with pytest.raises(BundleError, match=rf"m/{name} was changed \(sha256 [0-9a-f]{{64}}, s"):
            require_signature({**signed, name: FILES[name] + b"!"}, "m", [PUBLIC])

    def test_missing_file_is_named(self, signed):
        del signed["MODEL_CARD.md"]
        with pytest.raises(BundleError, match=r"m/MODEL_CARD\.md is missing since the bundle was"):
            require_signature(signed, "m", [PUBLIC])

    def test_added_file_is_named(self, signed):
        with pytest.raises(BundleError, match=r"m/notes\.txt was added since .*: sign the bundle"):
            require_signature({**signed, "notes.txt": b""}, "m", [PUBLIC])

    def test_missing_signature_names_setting_and_command(self):
        with pytest.raises(BundleError) as caught:
            require_signature(FILES, "m", [PUBLIC])
        assert str(caught.value) == (
            "m has no signature.json, and CREDIT_SCORING_PUBLIC_KEY requires a signature: "
            "sign the bundle with python model.py sign"
        )

    def test_unknown_key_names_both_ids(self, signed):
        pattern = rf"is by the key {key_id(PUBLIC)}, but .* has {key_id(OTHER_PUBLIC)}: sign"
        with pytest.raises(BundleError, match=pattern):
            require_signature(signed, "m", [OTHER_PUBLIC])

    def test_id_of_the_wanted_key_with_another_signature_is_refused(self):
        forged = {**FILES, SIGNATURE_FILE: sign_files(FILES, OTHER_KEY)}
        with pytest.raises(BundleError, match=f"is not by the key {key_id(PUBLIC)}"):
            require_signature(changed(forged, key_id=key_id(PUBLIC)), "m", [PUBLIC])

    def test_list_of_other_files_needs_another_signature(self, signed):
        files = {**FILES, "model.pkl": b"evil"}
        forged = json.loads(sign_files(files, OTHER_KEY))["files"]
        signed = changed({**signed, **files}, files=forged)
        with pytest.raises(BundleError, match=r"was changed \(the signature is not by the key"):
            require_signature(signed, "m", [PUBLIC])

    def test_line_break_in_a_name_cannot_move_the_borders_of_the_list(self, signed):
        digests = json.loads(signed[SIGNATURE_FILE])["files"]
        first, second, third = sorted(digests)
        joined = f"{second}\n{digests[third]}  {third}"
        files = {first: digests[first], joined: digests[second]}
        with pytest.raises(BundleError, match="is not a signature"):
            require_signature(changed(signed, files=files), "m", [PUBLIC])

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"format": 2}, "format: Input should be 1"),
            ({"key_id": "x"}, "key_id: String should match pattern"),
            ({"files": {"a/b": "0" * 64}}, "files"),
            ({"files": {"a": "0"}}, "files.a: String should match pattern"),
            ({"signature": ""}, "signature: String should match pattern"),
            ({"extra": 1}, "extra: Extra inputs are not permitted"),
        ],
        ids=lambda value: str(value)[:30] if isinstance(value, dict) else "",
    )
    def test_other_content_is_refused(self, signed, fields, reason):
        with pytest.raises(BundleError, match=f"is not a signature .{reason}") as caught:
            require_signature(changed(signed, **fields), "m", [PUBLIC])
        assert "m/signature.json" in str(caught.value)

    @pytest.mark.parametrize(
        "data", [b"", b"[]", b"\xff", b"[" * 100_000], ids=["empty", "list", "bytes", "deep"]
    )
    def test_damaged_file_is_refused(self, signed, data):
        with pytest.raises(BundleError, match=r"m/signature\.json is not a signature"):
            require_signature({**signed, SIGNATURE_FILE: data}, "m", [PUBLIC])

    def test_huge_file_is_refused(self, signed):
        with pytest.raises(BundleError, match="larger than 1048576 bytes"):
            require_signature({**signed, SIGNATURE_FILE: bytes(2 << 20)}, "m", [PUBLIC])

    def test_flipped_bits_of_the_signature_are_refused(self, signed):
        signature = bytearray(base64.b64decode(json.loads(signed[SIGNATURE_FILE])["signature"]))
        for position in range(0, 64, 9):
            flipped = bytes([*signature])
            flipped = flipped[:position] + bytes([flipped[position] ^ 1]) + flipped[position + 1 :]
            text = base64.b64encode(flipped).decode()
            with pytest.raises(BundleError, match="was changed"):
                require_signature(changed(signed, signature=text), "m", [PUBLIC])


@pytest.mark.parametrize(
    "name", ["a\nb.png", "\udcff.png", "\x1b[2J"], ids=["line", "byte", "escape"]
)
def test_unprintable_file_name_is_not_signed(name):
    with pytest.raises(BundleError, match="cannot be signed: rename or remove it") as caught:
        sign_files({**FILES, name: b""}, KEY)
    assert str(caught.value).isprintable()


class TestSigningKey:
    def test_created_key_signs_and_its_owner_alone_can_read_it(self, tmp_path):
        path = tmp_path / "key"
        public = create_signing_key(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        files = {**FILES, SIGNATURE_FILE: sign_files(FILES, read_signing_key(path))}
        assert require_signature(files, "m", [public]) == key_id(public)

    def test_existing_key_is_not_overwritten(self, tmp_path):
        path = tmp_path / "key"
        create_signing_key(path)
        before = path.read_bytes()
        with pytest.raises(SettingError, match="exists and is not overwritten"):
            create_signing_key(path)
        assert path.read_bytes() == before

    def test_link_to_another_place_is_not_followed(self, tmp_path):
        (tmp_path / "key").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(SettingError, match="exists and is not overwritten"):
            create_signing_key(tmp_path / "key")
        assert not (tmp_path / "elsewhere").exists()

    def test_missing_folder_is_named(self, tmp_path):
        with pytest.raises(SettingError, match=r"cannot be written \(No such file or directory\)"):
            create_signing_key(tmp_path / "none" / "key")

    @pytest.mark.parametrize("kind", KINDS)
    def test_special_file_is_refused(self, tmp_path, monkeypatch, kind):
        monkeypatch.chdir(tmp_path)
        path = make_special(tmp_path / "key", kind)
        with pytest.raises(SettingError, match=KINDS[kind]):
            read_signing_key(path)

    def test_wrong_content_is_not_repeated(self, tmp_path):
        (tmp_path / "key").write_text("ed25519-private:c2VjcmV0")
        with pytest.raises(SettingError, match="holds no signing key") as caught:
            read_signing_key(tmp_path / "key")
        assert "c2VjcmV0" not in str(caught.value)
