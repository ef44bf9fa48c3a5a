"""Full verification of a bundle that may come from anywhere.

The order: sizes, digests, signature, the pickle's operations, one class, its state, LightGBM's
texts, the trial of each in a child process, and only then this process lets LightGBM read it.
"""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from credit_scoring.bundle.bundle_files import BundleFiles, read_bundle_files
from credit_scoring.bundle.manifest import MODEL_FILE, TERM_MODEL_FILE
from credit_scoring.bundle.model_trial import raw_scores_in_child, term_probabilities_in_child
from credit_scoring.bundle.read_bundle import (
    Bundle,
    SavedBundle,
    build_bundle,
    parse_bundle_manifest,
    parse_saved_bundle,
)
from credit_scoring.bundle.signature import require_signature
from credit_scoring.bundle.term_model_file import load_term_model
from credit_scoring.bundle.verified_digests import IN_THIS_PROCESS, VerifiedDigests
from credit_scoring.estimator.calibration import calibrated
from credit_scoring.files import StrPath
from credit_scoring.loan_price.price_features import PRICE_INPUTS
from credit_scoring.loan_price.term_model import TermModel
from credit_scoring.scoring.row_encoder import Inputs, RowEncoder
from credit_scoring.scoring.scorer import require_golden, verified_scorer


def read_verified_bundle(
    folder: StrPath, *, known: VerifiedDigests | None = None, public_key: Collection[bytes] = ()
) -> Bundle:
    """Read and verify the bundle in `folder`, see `verify_bundle`."""
    return read_verified_files(folder, known=known, public_key=public_key)[1]


def read_verified_files(
    folder: StrPath, *, known: VerifiedDigests | None = None, public_key: Collection[bytes] = ()
) -> tuple[BundleFiles, Bundle]:
    """The files of the bundle in `folder` and the verified bundle, see `verify_bundle`."""
    files = read_bundle_files(folder)
    return files, verify_bundle(files, str(Path(folder)), known=known, public_key=public_key)


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
    """BundleError unless a child process reads the trees and reproduces the golden rows.

    The rows need the fitted features, so the term model is tried and read before.
    """
    learned = saved.state["fitted"]
    golden_rows = [row["features"] for row in saved.manifest.golden_rows]
    encoder = RowEncoder(
        saved.manifest.features, learned["names"], _tried_term_model(saved, golden_rows)
    )
    rows = encoder.matrix(golden_rows)
    raw_scores = raw_scores_in_child(learned["model"], rows, f"{saved.name}/{MODEL_FILE}")
    require_golden(saved.manifest, calibrated(raw_scores, learned["calibration"]).tolist())


def _tried_term_model(saved: SavedBundle, golden_rows: Sequence[Inputs]) -> TermModel | None:
    """The term model, None without one; BundleError unless a child process computes with it."""
    if saved.term_model is None:
        return None
    amounts = [[row.get(name) for name in PRICE_INPUTS[:-1]] for row in golden_rows]
    loans = np.array(amounts, dtype=np.float64)
    term_probabilities_in_child(saved.term_model, loans, f"{saved.name}/{TERM_MODEL_FILE}")
    return load_term_model(saved.term_model, saved.name)
