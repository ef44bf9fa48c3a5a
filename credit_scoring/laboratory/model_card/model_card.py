"""The model card, MODEL_CARD.md: what manifest and fairness figures say, in words, and what they leave to people.

Every sentence about the model is made from a fact; what no fact tells is said to be unknown. Sources: Mitchell et al.
(2019), Model cards for model reporting; Regulation (EU) 2024/1689, Annexes III and IV; Regulation B, 12 CFR 1002.9;
GDPR, Article 22.
"""

import json
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from credit_scoring.bundle.manifest import MANIFEST_FILE, Manifest, ModelFeature
from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.errors import BundleError
from credit_scoring.laboratory.fairness.group_metrics import RATES, price_in_words, verdicts
from credit_scoring.training.training_report import CALIBRATION, CONFUSION, ROWS

CARD_FILE, FAIRNESS_FILE = "MODEL_CARD.md", "fairness.json"
HOME_CREDIT = "application"  # its main table
MOST_LISTED = 15
Facts = Mapping[str, Any]
PARTS = {
    "out_of_fold": "selection, calibration and threshold repeated inside each fold, so that no figure is measured on "
    "rows that took part in a choice",
    "held_out": "applicants set aside before anything was chosen",
}
REVIEW = """\
## What a person must review

Nothing below is settled by the figures above. The lender who puts the model to use answers for it.

Before use, for the technical documentation of a high-risk system (Regulation (EU) 2024/1689, Annex III 5(b), Annex IV):

- [ ] The intended purpose, the persons affected and the lender's own limits of use are written down (Annex IV, 1).
- [ ] Data: where they come from, how they were chosen and labelled, whether they fit the lender's applicants (2 d).
- [ ] Human oversight: who may override a decision, with what information, and that this works (2 e; Art. 14).
- [ ] Figures: whether accuracy and the differences between groups are good enough for this use (2 g; 3).
- [ ] Risks to applicants and what is done against them (5), changes after the start (6), monitoring afterwards (9).
- [ ] Decisions are logged and kept as long as the law wants (Art. 12, 19).

For every refusal in the United States (Regulation B, 12 CFR 1002.9):

- [ ] The applicant gets the specific principal reasons, not "score below the cut-off"; someone has read what the app
  gives as reasons and finds them true and clear.
- [ ] Whether any input stands in for a prohibited basis (12 CFR 1002.4, 1002.6), beside the figures by group above.

For every applicant in the European Union (GDPR, Art. 15 and 22; C-634/21; C-203/22):

- [ ] The applicant can have a person decide, say what they think and contest the decision.
- [ ] The applicant can have the procedure that was actually applied explained in plain words.

Model risk: someone other than who built the model has validated it, and it stands in the inventory.
"""


def write_of(folder: Path) -> str:
    """The text of the card of the bundle in `folder`, with fairness.json where that stands beside it."""
    manifest, path = read_manifest(folder), folder / FAIRNESS_FILE
    return card(manifest, read_fairness(path, manifest) if path.exists() else None)


def read_fairness(path: Path, manifest: Manifest) -> dict[str, Any]:
    """The fairness figures in `path`; BundleError where they are of another model or none at all."""
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
        version = found["model_version"]
        deque(_fairness(manifest, found), maxlen=0)  # whatever the card tells is there
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BundleError(f"{path} holds no fairness figures, or not all of them ({error!r}): "
                          "python model.py fairness makes them") from error  # fmt: skip
    if version != manifest.version:
        raise BundleError(f"{path} is about model {version}, the bundle holds {manifest.version}: "
                          "run python model.py fairness again")  # fmt: skip
    return found


def card(manifest: Manifest, fairness: Facts | None) -> str:
    """The text of the card."""
    parts = (_head, _use, _data, _features, _figures, _threshold)
    blocks = ["\n".join(part(manifest)) for part in parts]
    return "\n\n".join(
        [*blocks, "\n".join(_fairness(manifest, fairness)), "\n".join(_limits(manifest)), REVIEW]
    )


def _head(manifest: Manifest) -> Iterator[str]:
    libraries = ", ".join(f"{name} {version}" for name, version in manifest.libraries.items())
    yield f"# Model card: probability of default, model {manifest.version}"
    yield ""
    yield f"Made by `python model.py card` from {MANIFEST_FILE} and, if there, {FAIRNESS_FILE}: not to be edited."
    yield ""
    yield f"- Kind: {manifest.algorithm}"
    yield f"- Made: {manifest.created_at} by `{manifest.made_by}`"
    yield f"- SHA-256 of `{manifest.pickle['file']}`: `{manifest.pickle['sha256']}`"
    yield f"- Libraries: {libraries}"


def _use(manifest: Manifest) -> Iterator[str]:
    yield "## Intended use"
    yield ""
    yield ("To estimate the probability that an applicant for a loan defaults, and to propose a decision to "
           "a lender's staff, who can override it.")  # fmt: skip
    yield ""
    yield ("Not for other loans or lenders than the data stand for, nor for setting a price, collecting debts, hiring, "
           "insuring or judging anyone in any other matter.")  # fmt: skip
    if manifest.data.get("generated_sample"):
        yield ""
        yield "**This model was trained on generated data. It must not decide about people.**"


def _data(manifest: Manifest) -> Iterator[str]:
    data = manifest.data
    share = data["defaults"] / data["applicants"]
    made = (
        "a generated sample, nobody's loans"
        if data.get("generated_sample")
        else "as given to `train`"
    )
    yield "## Data"
    yield ""
    yield f"- Source: `{data['source']}`, {made}; fingerprint `{data['fingerprint']}`"
    yield f"- {data['applicants']:,} applicants with known outcome, {data['defaults']:,} in default ({share:.2%})"
    yield f"- Tables: {', '.join(data['tables'])}"
    yield f"- Period: {_period(data)}"


def _period(data: Facts) -> str:
    if HOME_CREDIT in data["tables"]:
        return "unknown. The tables count days before each application and hold no calendar dates."
    return f"unknown. {MANIFEST_FILE} does not record one."


def _features(manifest: Manifest) -> Iterator[str]:
    inputs = [feature for feature in manifest.features if feature.asked]
    derived = [feature for feature in manifest.features if not feature.asked]
    used = [feature for feature in manifest.features if feature.role != "ratio input"]
    best = sorted(used, key=lambda feature: -feature.importance)[:MOST_LISTED]
    yield "## Features"
    yield ""
    yield f"A request sends {len(inputs)} inputs; the app computes {len(derived)} ratios; the model reads {len(used)}."
    yield ""
    yield _sensitive(used)
    yield ""
    yield f"The {len(best)} that gain most; all of them are in {MANIFEST_FILE}:"
    yield ""
    yield "| feature | meaning | share of the gain |"
    yield "|---|---|---|"
    for feature in best:
        yield f"| `{feature.name}` | {feature.feature.meaning} | {feature.importance:.1%} |"


def _sensitive(used: list[ModelFeature]) -> str:
    inside = [
        f"`{feature.name}` ({feature.feature.sensitive})"
        for feature in used
        if feature.feature.sensitive
    ]
    if inside:
        return f"**The model reads what is, or is made of, prohibited or restricted attributes: {', '.join(inside)}.**"
    return "The model reads no prohibited or restricted attribute, nor anything made of one."


def _figures(manifest: Manifest) -> Iterator[str]:
    yield "## Figures"
    yield ""
    for part in manifest.metrics:
        yield f"- {part.replace('_', ' ')}: {PARTS.get(part, 'as measured in training')}"
    yield ""
    yield "In brackets 95 % bootstrap intervals. They are figures of the procedure; the model that is served was then"
    yield "fitted by it on all applicants."
    yield ""
    yield f"| | {' | '.join(part.replace('_', ' ') for part in manifest.metrics)} |"
    yield f"|---|{'---|' * len(manifest.metrics)}"
    for name, label in {**ROWS, **CALIBRATION, **CONFUSION}.items():
        if any(name in figures for figures in manifest.metrics.values()):
            cells = (_cell(name, figures.get(name)) for figures in manifest.metrics.values())
            yield f"| {label.replace('  ', '– ')} | {' | '.join(cells)} |"


def _cell(name: str, figure: Facts | None) -> str:
    digits = 0 if name in CONFUSION else 4
    return "" if figure is None else _span(figure, digits)


def _span(figure: Facts, digits: int = 4) -> str:
    return f"{figure['value']:,.{digits}f} ({figure['low']:,.{digits}f} to {figure['high']:,.{digits}f})"


def _threshold(manifest: Manifest) -> Iterator[str]:
    threshold, costs = manifest.threshold, manifest.costs
    yield "## Threshold and costs"
    yield ""
    missed, alarm = costs["false_negative"], costs["false_positive"]
    yield f"- Accepting a defaulter costs {missed:g}, refusing a good applicant {alarm:g}."
    yield f"- Refused from a probability of {threshold['value']:.4f} on: the cheapest cut of calibrated out-of-fold"
    yield f"  probabilities; 95 % bootstrap interval {threshold['low']:.4f} to {threshold['high']:.4f}."
    inside = threshold["low"] <= threshold["theoretical"] <= threshold["high"]
    verdict = (
        "it lies in the interval"
        if inside
        else "it lies outside the interval: look at the calibration"
    )
    yield f"- For calibrated probabilities theory says {threshold['theoretical']:.4f}; {verdict}."


def _fairness(manifest: Manifest, fairness: Facts | None) -> Iterator[str]:
    yield "## Fairness"
    yield ""
    if fairness is None:
        yield "Not measured: there are no figures by sex, age or marital status beside this model."
        yield (
            "`python model.py fairness` makes them." if HOME_CREDIT in manifest.data["tables"] else
            "`python model.py fairness` knows these attributes in tables like Home Credit's only: measure it yourself."
        )  # fmt: skip
        return
    data = fairness["data"]
    yield f"Decisions on {data['applicants']:,} applicants of `{data['source']}`, judged {fairness['judged']}."
    yield "In brackets 95 % bootstrap intervals; (few) marks groups too small to tell."
    yield ""
    yield f"| | Applicants | {' | '.join(RATES.values())} |"
    yield f"|---|---|{'---|' * len(RATES)}"
    for one in fairness["attributes"]:
        for group in one["groups"]:
            cells = ["unknown" if group[rate] is None else _span(group[rate], 3) for rate in RATES]
            name = f"{one['attribute']}: {group['group']}{' (few)' if group['small'] else ''}"
            yield f"| {name} | {group['applicants']:,} | {' | '.join(cells)} |"
    yield ""
    for line in [*verdicts(fairness), *price_in_words(fairness)]:
        yield f"- {line}"


def _limits(manifest: Manifest) -> Iterator[str]:
    data, threshold = manifest.data, manifest.threshold
    yield "## Limits"
    yield ""
    if data.get("generated_sample"):
        yield "- Accepted loans: outcomes were generated for every applicant, so it has no bias of training on"
        yield "  accepted loans alone. A model trained on a lender's own records has: an applicant once refused has no"
        yield "  outcome, and the model is surest about people like those whom the lender used to accept."
        yield "- The data are made up: the figures say how the procedure works, not how people repay."
    else:
        yield "- Accepted loans: outcomes are known of loans that were granted. Of applicants like those who used to be"
        yield "  refused the model knows little, and its figures say nothing of them."
    low, high = threshold["low"], threshold["high"]
    yield f"- With {data['defaults']:,} defaults the threshold might as well lie anywhere from {low:.4f} to {high:.4f}."
    yield "- The figures hold for applicants like those in the data. Nothing here measures how the model ages."
    yield "- Contributions and reasons tell what moved the model's estimate, not what causes default."
    for note in manifest.settings.get("notes", ()):
        yield f"- {note}"
