"""Full verification of a bundle that may come from anywhere.

The order: size, digest, signature, the pickle's operations, one class, its state, LightGBM's text,
the trial in a child process, and only then this process lets LightGBM read the text.
"""

from collections.abc import Collection
from pathlib import Path

from credit_scoring.bundle.bundle_files import BundleFiles, read_bundle_files
from credit_scoring.bundle.manifest import MODEL_FILE
from credit_scoring.bundle.model_trial import raw_scores_in_child
from credit_scoring.bundle.read_bundle import (
    Bundle,
    SavedBundle,
    build_bundle,
    parse_bundle_manifest,
    parse_saved_bundle,
)
from credit_scoring.bundle.signature import require_signature
from credit_scoring.bundle.verified_digests import IN_THIS_PROCESS, VerifiedDigests
from credit_scoring.estimator.calibration import calibrated
from credit_scoring.files import StrPath
from credit_scoring.scoring.row_encoder import RowEncoder
from credit_scoring.scoring.scorer import require_golden, verified_scorer


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

    A bundle in `known` (by default those of this process) skips the trial. If there is a
    `public_key`, or several, a valid signature by one of them is obligatory.
    """
    known = known or IN_THIS_PROCESS
    manifest = parse_bundle_manifest(files, name)
    if public_key:
        require_signature(files, name, public_key)
    saved = parse_saved_bundle(files, manifest, name)
    if not known.has(files):
        _try_in_child(saved)
        known.add(files)
    bundle = build_bundle(saved)
    verified_scorer(bundle)
    return bundle


def _try_in_child(saved: SavedBundle) -> None:
    """BundleError unless a child process reads the trees and reproduces the golden rows."""
    learned = saved.state["fitted"]
    encoder = RowEncoder(saved.manifest.features, learned["names"])
    rows = encoder.matrix([row["features"] for row in saved.manifest.golden_rows])
    raw_scores = raw_scores_in_child(learned["model"], rows, f"{saved.name}/{MODEL_FILE}")
    require_golden(saved.manifest, calibrated(raw_scores, learned["calibration"]).tolist())
