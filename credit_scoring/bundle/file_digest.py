"""The comparison of a file's bytes with the size and the digest that the manifest states."""

import hashlib
from collections.abc import Mapping
from typing import Any

from credit_scoring.errors import BundleError


def require_digest(data: bytes, described: Mapping[str, Any], path: str) -> None:
    """BundleError unless `data` has the `size` and the `sha256` of its entry in the manifest."""
    actual = (len(data), hashlib.sha256(data).hexdigest())
    expected = (described["size"], described["sha256"])
    if actual != expected:
        raise BundleError(
            f"{path} ({actual[0]} bytes, sha256 {actual[1]}) is not what its manifest describes "
            f"({expected[0]} bytes, sha256 {expected[1]}): it was changed or damaged; fetch it or "
            "train it again"
        )
