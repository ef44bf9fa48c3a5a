"""Full verification of a bundle that may come from anywhere.

The order: size, digest, signature, the pickle's operations, one class, its state, LightGBM's text,
the trial in a child process, and only then this process lets LightGBM read the text.
"""

from collections.abc import Collection
from pathlib import Path

from credit_scoring.bundle.bundle_files import BundleFiles, read_bundle_files
from credit_scoring.bundle.read_bundle import (
    Bundle,
    build_bundle,
    parse_bundle_manifest,
    parse_saved_bundle,
)
from credit_scoring.bundle.signature import require_signature
from credit_scoring.bundle.verified_digests import IN_THIS_PROCESS, VerifiedDigests
from credit_scoring.files import StrPath
from credit_scoring.scoring.scorer import verified_scorer


def read_verified_bundle(
    folder: StrPath, *, known: VerifiedDigests | None = None, public_key: Collection[bytes] = ()
) -> Bundle:
    """Read and verify the bundle in `folder`, see `verify_bundle`."""
    files = read_bundle_files(folder)
    return verify_bundle(files, str(Path(folder)), known=known, public_key=public_key)


def verify_bundle(
    files: BundleFiles,
    name: str,
    *,
    known: VerifiedDigests | None = None,
    public_key: Collection[bytes] = (),
) -> Bundle:
    """The bundle made of `files`, called `name` in messages; BundleError names what is wrong.

    A bundle in `known` (by default those of this process) is spared the trial. If there is a
    `public_key`, or several, a valid signature by one of them is obligatory.
    """
    known = known or IN_THIS_PROCESS
    manifest = parse_bundle_manifest(files, name)
    if public_key:
        require_signature(files, name, public_key)
    saved = parse_saved_bundle(files, manifest, name)
    bundle = build_bundle(saved)
    verified_scorer(bundle)
    known.add(files)
    return bundle
