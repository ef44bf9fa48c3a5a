"""The key pair that signs bundles: a private key in a file of its own, and its public key."""

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from credit_scoring.errors import SettingError
from credit_scoring.files import open_regular
from credit_scoring.settings.key_text import PRIVATE, decode_key, encode_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_ID_DIGITS = 16
MAX_FILE_SIZE = 1 << 10  # bytes


def create_signing_key(path: Path) -> bytes:
    """Write a new private key to `path`, readable by its owner only; return its public key.

    SettingError if the file exists, because bundles may be signed with that key, or on any other
    error of the file system.
    """
    key = os.urandom(32)  # RFC 8032: a private key is 32 random bytes
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(encode_key(PRIVATE, key) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        remedy = "give another file, or remove it if no bundle is signed with it"
        raise SettingError(f"{path} exists and is not overwritten: {remedy}") from error
    except OSError as error:
        reason = f"{path} cannot be written ({error.strerror})"
        raise SettingError(f"{reason}: give another place with --out") from error
    return public_key_of(key)


def read_signing_key(path: Path) -> bytes:
    """The private key in `path`; SettingError, which does not repeat its content."""
    try:
        with open_regular(path) as file:
            text = file.read(MAX_FILE_SIZE).decode(errors="replace").strip()
        return decode_key(PRIVATE, text)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else f"it has no {PRIVATE}…"
        remedy = "give a file made by python model.py signing-key create"
        raise SettingError(f"{path} holds no signing key ({reason}): {remedy}") from error


def private_key(key: bytes) -> "Ed25519PrivateKey":
    """The private key as cryptography's object."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - when used

    return Ed25519PrivateKey.from_private_bytes(key)


def public_key_of(key: bytes) -> bytes:
    """The public key of a private key."""
    return private_key(key).public_key().public_bytes_raw()


def key_id(public_key: bytes) -> str:
    """The public key's name in signatures and messages: the start of its SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:KEY_ID_DIGITS]
