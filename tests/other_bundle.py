"""Variants of a bundle, for tests of a second model."""

import hashlib
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

from credit_scoring.bundle.bundle_files import read_bundle_files
from credit_scoring.bundle.manifest import MANIFEST_FILE, MODEL_FILE, pickle_metadata
from credit_scoring.bundle.manifest_json import manifest_json
from credit_scoring.bundle.read_bundle import read_bundle, threshold_summary
from credit_scoring.bundle.write_bundle import write_bundle


def write_with_threshold(bundle: Path, threshold: float, folder: Path, **facts: Any) -> Path:
    """The bundle with another threshold, hence another digest, in `folder`, which is returned.

    Its probabilities are the same. `facts` change those of the training data.
    """
    original = read_bundle(bundle)
    original.model.threshold_ = threshold
    data = pickle.dumps(original.model, protocol=4)
    digest = hashlib.sha256(data).hexdigest()
    manifest = replace(
        original.manifest,
        version=digest[:12],
        pickle=pickle_metadata(data, digest),
        threshold=threshold_summary(original.model),
        data={**original.manifest.data, **facts},
    )
    model_files = {MODEL_FILE: data, MANIFEST_FILE: manifest_json(manifest)}
    write_bundle(folder, {**read_bundle_files(bundle), **model_files})
    return folder
