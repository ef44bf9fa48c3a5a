"""The Ed25519 signature of a bundle: signature.json lists the SHA-256 of every other file.

The signature covers that list, so a file more, a file less or a changed byte breaks it.
"""

import base64
import json
from collections.abc import Collection, Mapping
from typing import Annotated, Literal

from pydantic import StringConstraints, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from credit_scoring.bundle.bundle_files import file_digests
from credit_scoring.bundle.manifest import Digest
from credit_scoring.bundle.signing_key import key_id, private_key, public_key_of
from credit_scoring.bundle.strict_validation import STRICT
from credit_scoring.errors import BundleError

SIGNATURE_FILE = "signature.json"
FORMAT = 1
PURPOSE = (
    "credit-scoring bundle signature 1"  # so that signatures of other data by the key are not valid
)
MAX_SIZE = 1 << 20  # bytes of signature.json
REMEDY = "sign the bundle again with python model.py sign"
FileName = Annotated[str, StringConstraints(pattern=r"^[^/\x00-\x1f]{1,255}$")]
SignatureText = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{86}==$")]


@with_config(STRICT)
class SignatureContent(TypedDict):
    """The content of signature.json; `files` has the SHA-256 by file name."""

    format: Literal[1]
    key_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    files: dict[FileName, Digest]
    signature: SignatureText


CONTENT = TypeAdapter(SignatureContent)


def sign_files(files: Mapping[str, bytes], key: bytes) -> bytes:
    """The content of signature.json for a bundle of `files`, made with a private key.

    BundleError for a file name that `parse_signature` would refuse, or a terminal would obey.
    """
    for name in files:
        if not name.isprintable():
            raise BundleError(f"the file {name!r} cannot be signed: rename or remove it")
    digests = signed_digests(files)
    signature = private_key(key).sign(_message(digests))
    content = {
        "format": FORMAT,
        "key_id": key_id(public_key_of(key)),
        "files": digests,
        "signature": base64.b64encode(signature).decode(),
    }
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def require_signature(files: Mapping[str, bytes], name: str, public_keys: Collection[bytes]) -> str:
    """The id of the one of `public_keys` that signed `files`; BundleError if none did.

    `name` is the bundle's, for the message.
    """
    if SIGNATURE_FILE not in files:
        required = "CREDIT_SCORING_PUBLIC_KEY requires a signature"
        remedy = "sign the bundle with python model.py sign"
        raise BundleError(f"{name} has no {SIGNATURE_FILE}, and {required}: {remedy}")
    path = f"{name}/{SIGNATURE_FILE}"
    content = parse_signature(files[SIGNATURE_FILE], path)
    _require_valid(content, path, public_keys)
    _require_same_files(content["files"], signed_digests(files), name)
    return content["key_id"]


def parse_signature(data: bytes, path: str) -> SignatureContent:
    """Validate the content of signature.json; BundleError names `path`, field and remedy."""
    if len(data) > MAX_SIZE:
        raise BundleError(f"{path} is larger than {MAX_SIZE} bytes: {REMEDY}")
    try:
        return CONTENT.validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        field = ".".join(map(str, first["loc"])) or "its content"
        reason = f"{field}: {first['msg']}"
        raise BundleError(f"{path} is not a signature ({reason}): {REMEDY}") from error


def signed_digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """The SHA-256 of each file that a signature covers, by name."""
    return file_digests({name: files[name] for name in files if name != SIGNATURE_FILE})


def _message(digests: Mapping[str, str]) -> bytes:
    """The bytes that are signed. A file name has no line break, so no two lists give the same."""
    lines = [PURPOSE, *(f"{digest}  {name}" for name, digest in sorted(digests.items()))]
    return "".join(f"{line}\n" for line in lines).encode()


def _require_valid(content: SignatureContent, path: str, public_keys: Collection[bytes]) -> None:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - only with a key
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    by_id = {key_id(key): key for key in public_keys}
    if content["key_id"] not in by_id:
        raise BundleError(
            f"{path} is by the key {content['key_id']}, but CREDIT_SCORING_PUBLIC_KEY has "
            f"{', '.join(by_id)}: sign the bundle with that key, or add the public key"
        )
    key = Ed25519PublicKey.from_public_bytes(by_id[content["key_id"]])
    try:
        key.verify(base64.b64decode(content["signature"]), _message(content["files"]))
    except InvalidSignature as error:
        reason = f"the signature is not by the key {content['key_id']}"
        raise BundleError(f"{path} was changed ({reason}): {REMEDY}") from error


def _require_same_files(signed: Mapping[str, str], actual: Mapping[str, str], name: str) -> None:
    for file in sorted(signed.keys() | actual.keys()):
        if file not in actual:
            change = "is missing"
        elif file not in signed:
            change = "was added"
        elif signed[file] != actual[file]:
            change = f"was changed (sha256 {actual[file]}, signed was {signed[file]})"
        else:
            continue
        raise BundleError(f"{name}/{file} {change} since the bundle was signed: {REMEDY}")
