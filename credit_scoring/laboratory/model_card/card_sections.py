"""The sections of the model card, as lines of Markdown."""

from collections.abc import Iterator, Mapping
from typing import Any

from credit_scoring.bundle.manifest import MANIFEST_FILE, Manifest, ModelFeature
from credit_scoring.laboratory.fairness.fairness_in_words import (
    describe_ablation,
    describe_group_differences,
)
from credit_scoring.laboratory.fairness.group_metrics import RATES
from credit_scoring.training.training_report import CALIBRATION_LABELS, COUNT_LABELS, METRIC_LABELS

FAIRNESS_FILE = "fairness.json"
HOME_CREDIT = "application"  # its main table
MAX_FEATURES = 15
Facts = Mapping[str, Any]
PREDICTION_SETS = {
    "out_of_fold": "selection, calibration and threshold are repeated inside each fold, so the "
    "rows that a figure is measured on took part in no choice",
    "held_out": "applicants set aside before anything was chosen",
}


def title_section(manifest: Manifest) -> Iterator[str]:
    """Title, origin and versions."""
    libraries = ", ".join(f"{name} {version}" for name, version in manifest.libraries.items())
    yield f"# Model card: probability of default, model {manifest.version}"
    yield ""
    yield (
        f"Written by `python model.py card` from {MANIFEST_FILE} and, if it exists, "
        f"{FAIRNESS_FILE}: do not edit."
    )
    yield ""
    yield f"- Kind: {manifest.algorithm}"
    yield f"- Made: {manifest.created_at} by `{manifest.made_by}`"
    yield f"- SHA-256 of `{manifest.pickle['file']}`: `{manifest.pickle['sha256']}`"
    yield f"- Libraries: {libraries}"


def use_section(manifest: Manifest) -> Iterator[str]:
    """Intended use, and uses that are excluded."""
    yield "## Intended use"
    yield ""
    yield (
        "To estimate the probability that an applicant for a loan defaults, and to propose a "
        "decision to a lender's staff, who can override it."
    )
    yield ""
    yield (
        "Not for loans or lenders that the data do not represent, nor for setting prices, "
        "collecting debts, hiring, insurance or any other evaluation of people."
    )
    if manifest.data.get("generated_sample"):
        yield ""
        yield "**This model was trained on generated data. It must not decide about people.**"


def data_section(manifest: Manifest) -> Iterator[str]:
    """The training data."""
    data = manifest.data
    share = data["defaults"] / data["applicants"]
    generated = data.get("generated_sample")
    origin = "a generated sample, nobody's loans" if generated else "as given to `train`"
    yield "## Data"
    yield ""
    yield f"- Source: `{data['source']}`, {origin}; fingerprint `{data['fingerprint']}`"
    yield (
        f"- {data['applicants']:,} applicants with known outcome, {data['defaults']:,} in default "
        f"({share:.2%})"
    )
    yield f"- Tables: {', '.join(data['tables'])}"
    yield f"- Period: {_period(data)}"


def _period(data: Facts) -> str:
    if HOME_CREDIT in data["tables"]:
        return "unknown. The tables count days before each application and hold no calendar dates."
    return f"unknown. {MANIFEST_FILE} does not record one."


def features_section(manifest: Manifest) -> Iterator[str]:
    """The number of features, sensitive attributes, and the most important features."""
    requested = sum(feature.is_requested for feature in manifest.features)
    computed = len(manifest.features) - requested
    used = [feature for feature in manifest.features if feature.role != "ratio input"]
    top_features = sorted(used, key=lambda feature: -feature.importance)[:MAX_FEATURES]
    yield "## Features"
    yield ""
    yield (
        f"A request sends {requested} inputs; the app computes {computed} ratios; "
        f"the model reads {len(used)} features."
    )
    yield ""
    yield _sensitive_attributes(used)
    yield ""
    yield f"The {len(top_features)} with the largest gain; all of them are in {MANIFEST_FILE}:"
    yield ""
    yield "| feature | meaning | share of the gain |"
    yield "|---|---|---|"
    for feature in top_features:
        yield f"| `{feature.name}` | {feature.feature.meaning} | {feature.importance:.1%} |"


def _sensitive_attributes(features: list[ModelFeature]) -> str:
    names = [
        f"`{feature.name}` ({feature.feature.sensitive})"
        for feature in features
        if feature.feature.sensitive
    ]
    if not names:
        return "The model reads no prohibited or restricted attribute, nor anything made of one."
    return (
        "**The model reads features that are, or are made of, prohibited or restricted "
        f"attributes: {', '.join(names)}.**"
    )


def metrics_section(manifest: Manifest) -> Iterator[str]:
    """Every metric with its interval, a column per set of predictions."""
    titles = {name: name.replace("_", " ") for name in manifest.metrics}
    yield "## Figures"
    yield ""
    for name, title in titles.items():
        yield f"- {title}: {PREDICTION_SETS.get(name, 'as measured in training')}"
    yield ""
    yield "In brackets: 95 % bootstrap intervals. The figures measure the procedure; the served"
    yield "model was then fitted by this procedure on all applicants."
    yield ""
    yield f"| | {' | '.join(titles.values())} |"
    yield f"|---|{'---|' * len(titles)}"
    for metric, label in {**METRIC_LABELS, **CALIBRATION_LABELS, **COUNT_LABELS}.items():
        intervals = [metrics.get(metric) for metrics in manifest.metrics.values()]
        if any(intervals):
            digits = 0 if metric in COUNT_LABELS else 4
            cells = [_interval_text(interval, digits) if interval else "" for interval in intervals]
            yield f"| {label.replace('  ', '– ')} | {' | '.join(cells)} |"


def _interval_text(interval: Facts, digits: int) -> str:
    value, low, high = (f"{interval[key]:,.{digits}f}" for key in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def threshold_section(manifest: Manifest) -> Iterator[str]:
    """The threshold with its interval, the costs, and the theoretical threshold."""
    threshold = manifest.threshold
    costs = manifest.costs
    is_inside = threshold["low"] <= threshold["theoretical"] <= threshold["high"]
    outside = "it lies outside the interval: check the calibration"
    verdict = "it lies in the interval" if is_inside else outside
    yield "## Threshold and costs"
    yield ""
    yield (
        f"- Accepting a defaulter costs {costs['false_negative']:g}, refusing a good applicant "
        f"{costs['false_positive']:g}."
    )
    yield f"- Refused from a probability of {threshold['value']:.4f}: the cheapest threshold on"
    yield "  calibrated out-of-fold probabilities; 95 % bootstrap interval"
    yield f"  {threshold['low']:.4f} to {threshold['high']:.4f}."
    yield (
        "- The theoretical threshold of calibrated probabilities is "
        f"{threshold['theoretical']:.4f}; {verdict}."
    )


def fairness_section(manifest: Manifest, fairness: Facts | None) -> Iterator[str]:
    """Decision rates by group; how to measure them if there are none."""
    yield "## Fairness"
    yield ""
    if fairness is None:
        yield "Not measured: there are no figures by sex, age or marital status for this model."
        if HOME_CREDIT in manifest.data["tables"]:
            yield "`python model.py fairness` makes them."
        else:
            yield "`python model.py fairness` knows these attributes in tables like Home Credit's"
            yield "only: measure it yourself."
        return
    data = fairness["data"]
    yield (
        f"Decisions on {data['applicants']:,} applicants of `{data['source']}`, "
        f"evaluated {fairness['judged']}."
    )
    yield "In brackets: 95 % bootstrap intervals. (few): the group is too small for a conclusion."
    yield ""
    yield f"| | Applicants | {' | '.join(RATES.values())} |"
    yield f"|---|---|{'---|' * len(RATES)}"
    for attribute in fairness["attributes"]:
        for group in attribute["groups"]:
            name = f"{attribute['attribute']}: {group['group']}{' (few)' if group['small'] else ''}"
            intervals = [group[rate] for rate in RATES]
            cells = [_interval_text(rate, 3) if rate else "unknown" for rate in intervals]
            yield f"| {name} | {group['applicants']:,} | {' | '.join(cells)} |"
    yield ""
    for sentence in [*describe_group_differences(fairness), *describe_ablation(fairness)]:
        yield f"- {sentence}"


def limits_section(manifest: Manifest) -> Iterator[str]:
    """What the figures do not say, and the notes of the training."""
    data = manifest.data
    threshold = manifest.threshold
    yield "## Limits"
    yield ""
    if data.get("generated_sample"):
        yield "- Accepted loans: outcomes were generated for every applicant, so this model has no"
        yield "  bias from training on accepted loans alone. A model trained on a lender's"
        yield "  records has it: refused applicants have no outcome, and the model is most certain"
        yield "  about people like those whom the lender used to accept."
        yield "- The data are generated: the figures show how the procedure works, not how people"
        yield "  repay."
    else:
        yield "- Accepted loans: outcomes are known of loans that were granted. The model knows"
        yield "  little about applicants like those who used to be refused, and its figures say"
        yield "  nothing about them."
    yield (
        f"- With {data['defaults']:,} defaults the data do not determine the threshold more "
        f"closely than {threshold['low']:.4f} to {threshold['high']:.4f}."
    )
    yield "- The figures hold for applicants like those in the data. Nothing here measures how the"
    yield "  model ages."
    yield "- Contributions and reasons show what moved the model's estimate, not what causes"
    yield "  default."
    for note in manifest.settings.get("notes", ()):
        yield f"- {note}"
