"""Descriptions of the models in the store and of those at a source, for people who choose one."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from credit_scoring.bundle.bundle_files import read_bundle_file
from credit_scoring.bundle.manifest import Data, Manifest, Metrics, Threshold
from credit_scoring.bundle.model_store import ModelStore, StoredName
from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.bundle.signature import SIGNATURE_FILE, parse_signature
from credit_scoring.errors import BundleError


@dataclass(frozen=True, kw_only=True)
class ModelDescription:
    """A model to choose: what it was trained on, how good it is, whether it is in use.

    `signed_by` is the id of the key in its signature, which is not verified here; None without a
    readable one.
    """

    name: str
    version: str
    created_at: str
    data: Data
    metrics: Metrics
    threshold: Threshold
    signed_by: str | None
    in_use: bool

    def as_dict(self) -> dict[str, Any]:
        """Return values for JSON."""
        return asdict(self)


def describe_stored(store: ModelStore, in_use: StoredName | None) -> Iterator[ModelDescription]:
    """The readable models of `store`, the last one that was stored or deployed first."""
    for name in store.names():
        path = store.folder / str(name)
        signature_path = path / SIGNATURE_FILE
        try:
            manifest = read_manifest(path)
            signature = read_bundle_file(signature_path) if signature_path.exists() else None
            yield describe(str(name), manifest, signature=signature, in_use=name == in_use)
        except BundleError:  # pruned meanwhile, or damaged
            continue


def describe(
    name: str, manifest: Manifest, *, signature: bytes | None, in_use: bool
) -> ModelDescription:
    """The description of a model called `name`; `signature` is the content of signature.json."""
    return ModelDescription(
        name=name,
        version=manifest.version,
        created_at=manifest.created_at,
        data=manifest.data,
        metrics=manifest.metrics,
        threshold=manifest.threshold,
        signed_by=_key_id(signature),
        in_use=in_use,
    )


def _key_id(signature: bytes | None) -> str | None:
    with suppress(BundleError):
        return None if signature is None else parse_signature(signature, SIGNATURE_FILE)["key_id"]
    return None
