"""The model card, MODEL_CARD.md: the facts of manifest and fairness figures, and open questions.

Every statement about the model comes from a fact; what no fact says is called unknown. Sources:
Mitchell et al. (2019), Model cards for model reporting; Regulation (EU) 2024/1689, Annexes III and
IV; Regulation B, 12 CFR 1002.9; GDPR, Article 22.
"""

import json
from pathlib import Path
from typing import Any

from credit_scoring.bundle.manifest import Manifest
from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.errors import BundleError
from credit_scoring.laboratory.model_card.card_sections import (
    FAIRNESS_FILE,
    Facts,
    data_section,
    fairness_section,
    features_section,
    limits_section,
    metrics_section,
    threshold_section,
    title_section,
    use_section,
)
from credit_scoring.laboratory.model_card.review_checklist import REVIEW_CHECKLIST

CARD_FILE = "MODEL_CARD.md"


def model_card_of_bundle(folder: Path) -> str:
    """The card of the bundle in `folder`, with its fairness figures if it has any."""
    manifest = read_manifest(folder)
    path = folder / FAIRNESS_FILE
    return model_card(manifest, read_fairness(path, manifest) if path.exists() else None)


def read_fairness(path: Path, manifest: Manifest) -> dict[str, Any]:
    """Read fairness figures; BundleError if they are incomplete or of another model."""
    try:
        fairness: dict[str, Any] = json.loads(path.read_bytes())
        version = fairness["model_version"]
        list(fairness_section(manifest, fairness))  # KeyError if a figure is missing
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BundleError(
            f"{path} holds no fairness figures, or not all of them ({error!r}): "
            "make them by python model.py fairness"
        ) from error
    if version != manifest.version:
        raise BundleError(
            f"{path} is about model {version}, the bundle holds {manifest.version}: "
            "run python model.py fairness again"
        )
    return fairness


def model_card(manifest: Manifest, fairness: Facts | None) -> str:
    """The text of the card."""
    sections = (
        title_section(manifest),
        use_section(manifest),
        data_section(manifest),
        features_section(manifest),
        metrics_section(manifest),
        threshold_section(manifest),
        fairness_section(manifest, fairness),
        limits_section(manifest),
    )
    return "\n\n".join([*("\n".join(lines) for lines in sections), REVIEW_CHECKLIST])
