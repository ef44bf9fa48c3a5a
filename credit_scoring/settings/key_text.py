"""Signing keys as text: base64 after a prefix that tells a private key from a public one."""

import base64

PUBLIC = "ed25519-public:"
PRIVATE = "ed25519-private:"
KEY_SIZE = 32  # bytes of an Ed25519 key


def encode_key(prefix: str, key: bytes) -> str:
    """The key as text, one line of visible characters."""
    return prefix + base64.b64encode(key).decode()


def decode_key(prefix: str, text: str) -> bytes:
    """The inverse of `encode_key`. ValueError, which does not repeat the text, for any other."""
    try:
        key = base64.b64decode(text.removeprefix(prefix), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_SIZE or encode_key(prefix, key) != text:
        raise ValueError(f"expected {prefix} and the base64 of {KEY_SIZE} bytes")
    return key
