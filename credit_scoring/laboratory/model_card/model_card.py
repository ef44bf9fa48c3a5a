"""The model card, MODEL_CARD.md: the facts of manifest and fairness figures, and open questions.

Every statement about the model comes from a fact; what no fact says is called unknown. Sources:
Mitchell et al. (2019), Model cards for model reporting; Regulation (EU) 2024/1689, Annexes III and
IV; Regulation B, 12 CFR 1002.9; GDPR, Article 22.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from credit_scoring.bundle.fairness import FAIRNESS_FILE, parse_fairness
from credit_scoring.bundle.manifest import Manifest
from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.errors import BundleError
from credit_scoring.files import read_regular
from credit_scoring.laboratory.fairness.fairness_in_words import (
    describe_ablation,
    describe_group_differences,
)
from credit_scoring.laboratory.fairness.group_metrics import RATES
from credit_scoring.training.training_report import CALIBRATION_LABELS, COUNT_LABELS, METRIC_LABELS

TEMPLATE = "MODEL_CARD.md.jinja"
HOME_CREDIT = "application"  # its main table
MAX_FEATURES = 15
PREDICTION_SETS = {
    "out_of_fold": "selection, calibration and threshold are repeated inside each fold, so the "
    "rows that a figure is measured on took part in no choice",
    "held_out": "applicants set aside before anything was chosen",
}


def model_card_of_bundle(folder: Path) -> str:
    """The card of the bundle in `folder`, with its fairness figures if it has any."""
    manifest = read_manifest(folder)
    path = folder / FAIRNESS_FILE
    return model_card(manifest, read_fairness(path, manifest) if path.exists() else None)


def read_fairness(path: Path, manifest: Manifest) -> dict[str, Any]:
    """Read fairness figures; BundleError if they are incomplete or of another model."""
    try:
        content = read_regular(path)
    except OSError as error:
        remedy = "python model.py fairness writes one"
        raise BundleError(f"{path} cannot be read ({error.strerror}): {remedy}") from error
    return cast("dict[str, Any]", parse_fairness(content, str(path), manifest.version))


def model_card(manifest: Manifest, fairness: Mapping[str, Any] | None) -> str:
    """The text of the card, Markdown."""
    used = [feature for feature in manifest.features if feature.role != "ratio input"]
    requested = sum(feature.is_requested for feature in manifest.features)
    sentences = (
        [*describe_group_differences(fairness), *describe_ablation(fairness)] if fairness else []
    )
    return _environment().get_template(TEMPLATE).render(
        manifest=manifest, data=manifest.data, costs=manifest.costs, threshold=manifest.threshold,
        generated=manifest.data.get("generated_sample"),
        home_credit=HOME_CREDIT in manifest.data["tables"],
        requested=requested, computed=len(manifest.features) - requested, used=used,
        sensitive=[feature for feature in used if feature.feature.sensitive],
        directed=[feature for feature in manifest.features if feature.feature.direction],
        top_features=sorted(used, key=lambda feature: -feature.importance)[:MAX_FEATURES],
        prediction_sets=PREDICTION_SETS, count_labels=COUNT_LABELS,
        metric_labels={**METRIC_LABELS, **CALIBRATION_LABELS, **COUNT_LABELS},
        fairness=fairness, rates=RATES, out_of_time=manifest.settings.get("out_of_time"),
        fairness_sentences=sentences,
    )  # fmt: skip


def _environment() -> Environment:
    environment = Environment(  # noqa: S701 - Markdown, not HTML
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["code"] = lambda name: f"`{name}`"
    environment.globals |= {
        "fixed": lambda number, digits=0: f"{number:,.{digits}f}",
        "percent": lambda share, digits: f"{share:.{digits}%}",
        "general": lambda number: f"{number:g}",
    }
    return environment
