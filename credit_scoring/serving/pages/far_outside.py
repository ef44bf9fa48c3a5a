"""Values far outside those that a model was trained on, by the reference in its bundle.

The outermost edges of a feature's bins are about the first and the last decile of the training
applicants.
"""

import math
from collections.abc import Iterator, Mapping

from credit_scoring.bundle.manifest import Manifest, ModelFeature
from credit_scoring.contracts.column_check import sentinels
from credit_scoring.contracts.contract import contracts
from credit_scoring.scoring.explanation import Explanation
from credit_scoring.serving.pages.applicant_form import APPLICATION

# Distances between the outermost edges that a value may lie beyond them. Together they mark 0.3 %
# of the applicants of the sample data.
FORM_DISTANCES = 3  # of what a person fills in
HISTORY_DISTANCES = 100  # of sums and variances of a history, whose tails are long


def far_outside(explanation: Explanation, manifest: Manifest) -> list[ModelFeature]:
    """The requested and derived numbers of the applicant that are far outside.

    A derived feature is left out if one of its inputs is among them. A bundle without a reference
    marks none.
    """
    marked = list(_marked(explanation, manifest))
    names = {feature.name for feature in marked}
    return [feature for feature in marked if not names.intersection(feature.feature.inputs)]


def _marked(explanation: Explanation, manifest: Manifest) -> Iterator[ModelFeature]:
    features = {feature.name: feature for feature in manifest.features}
    values = _numbers(explanation, manifest)
    for row in manifest.reference.features if manifest.reference else ():
        value, edges = values.get(row.name, math.nan), row.edges
        distances = _distances(features[row.name], features)
        if len(edges) > 1 and _is_far(value, edges, distances):
            yield features[row.name]


def _numbers(explanation: Explanation, manifest: Manifest) -> dict[str, float]:
    """The applicant's numbers by name, those too that the model takes in ratios only."""
    names = [feature.name for feature in explanation.features]
    typed = {
        feature.name: float(value)
        for feature in manifest.features
        if isinstance(value := explanation.inputs.get(feature.name), int | float)
        and value not in sentinels(feature.feature)
    }
    return typed | dict(zip(names, explanation.row.tolist(), strict=True))


def _is_far(value: float, edges: tuple[float, ...], distances: float) -> bool:
    """Whether a value lies so far beyond the outermost edges; a missing one (NaN) does not."""
    room = distances * (edges[-1] - edges[0])
    return value < edges[0] - room or value > edges[-1] + room


def _distances(feature: ModelFeature, features: Mapping[str, ModelFeature]) -> float:
    sources = [features[name] for name in feature.feature.inputs] or [feature]
    tables = {source.feature.table for source in sources}
    is_history = bool(tables & (contracts().keys() - {APPLICATION}))
    return HISTORY_DISTANCES if is_history else FORM_DISTANCES
