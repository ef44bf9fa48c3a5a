"""The controls of the what-if panel: sliders and lists for the inputs that may be tried.

First come the amounts of the loan that an applicant can change, or else the most important inputs;
the other inputs of the application can be added one by one. Attributes that credit law protects are
left out.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.bundle.reference import Reference
from credit_scoring.contracts.column_check import sentinels
from credit_scoring.contracts.contract import contracts
from credit_scoring.scoring.actions import changeable_features
from credit_scoring.serving.pages.applicant_form import APPLICATION
from credit_scoring.serving.pages.field_words import is_duration, is_flag
from credit_scoring.serving.pages.standing import Sense, sense_of

SMALLEST, LARGEST = 0.5, 2.0  # times the amount of the applicant
OFFERED = 3  # inputs, if the loan has no amounts that can be changed
STEPS = 100  # of a slider, about
NICE = (1, 2, 5, 10)


@dataclass(frozen=True)
class Slider:
    """The range of a number; the applicant's value is one of the steps.

    A duration counts forwards, unlike its days in a request.
    """

    low: float
    high: float
    step: float


@dataclass(frozen=True)
class Control:
    """An input to try: a number with a slider, or one of `options`.

    `is_offered` is true of the controls that are shown from the start.
    """

    feature: ModelFeature
    value: Any
    is_offered: bool
    slider: Slider | None = None
    options: tuple[Any, ...] = ()

    @property
    def sense(self) -> Sense:
        """What a number means."""
        return sense_of(self.feature)

    @property
    def start(self) -> float:
        """Where the slider begins."""
        if self.value is None and self.slider is not None:
            return self.slider.low
        return float(-self.value if self.sense == "duration" else self.value)


def controls(
    features: Sequence[ModelFeature], inputs: Mapping[str, Any], reference: Reference | None
) -> list[Control]:
    """The controls for an applicant, those of the loan's amounts first."""
    edges = {} if reference is None else {row.name: row.edges for row in reference.features}
    further = sorted(_further(features), key=lambda feature: -feature.importance)
    amounts = changeable_features(features)
    offered = amounts or {feature.name: feature for feature in further[:OFFERED]}
    made = [
        _control(
            feature, _known(inputs.get(feature.name), feature), edges.get(feature.name, ()),
            is_offered=feature.name in offered, is_amount=feature.name in amounts,
        )
        for feature in {**offered, **{feature.name: feature for feature in further}}.values()
    ]  # fmt: skip
    return [control for control in made if control is not None]


def _known(value: Any, feature: ModelFeature) -> Any:
    """The value, None if it is a mark for a missing one."""
    is_mark = value in sentinels(feature.feature) or value in feature.feature.missing
    return None if is_mark else value


def _further(features: Sequence[ModelFeature]) -> Iterator[ModelFeature]:
    """The inputs of the application, or of a lender's own table; the history cannot be tried."""
    for feature in features:
        table = feature.feature.table
        if not feature.feature.sensitive and (table == APPLICATION or table not in contracts()):
            yield feature


def _control(
    feature: ModelFeature, value: Any, edges: Sequence[float], *, is_offered: bool, is_amount: bool
) -> Control | None:
    """The control of a feature; None for a number of unknown range."""
    described = feature.feature
    if described.levels:
        return Control(feature, value, is_offered, options=described.levels)
    if is_flag(feature):
        return Control(feature, value, is_offered, options=(1, 0))
    slider = _slider(feature, value, edges, is_amount=is_amount)
    if slider is not None and is_duration(feature):
        slider = Slider(-slider.high, -slider.low, slider.step)
    return None if slider is None else Control(feature, value, is_offered, slider=slider)


def _slider(
    feature: ModelFeature, value: float | None, edges: Sequence[float], *, is_amount: bool
) -> Slider | None:
    if is_amount and value:
        low, high = SMALLEST * value, LARGEST * value
    elif len(edges) > 1:
        low, high = edges[0], edges[-1]
    else:
        return None
    if value is not None:
        low, high = min(low, value), max(high, value)
    step = _nice_step((high - low) / STEPS, is_whole=feature.feature.whole)
    return _aligned(low, high, step, low if value is None else value, feature)


def _nice_step(step: float, *, is_whole: bool) -> float:
    """The next of 1, 2, 5, 10, 20, …, or of their decimals."""
    power = 10.0 ** math.floor(math.log10(max(step, 1e-12)))
    nice = next(power * factor for factor in NICE if step <= power * factor * 1.000001)
    return max(nice, 1.0) if is_whole else nice


def _aligned(low: float, high: float, step: float, origin: float, feature: ModelFeature) -> Slider:
    """The range with steps from `origin`, within the limits of a request."""
    described = feature.feature
    least = -math.inf if described.minimum is None else described.minimum
    most = math.inf if described.maximum is None else described.maximum
    down = math.floor((origin - max(low, least)) / step + 1e-9)
    if described.exclusive_minimum and origin - down * step <= least:
        down -= 1
    up = math.floor((min(high, most) - origin) / step + 1e-9)
    return Slider(_short(origin - down * step), _short(origin + up * step), _short(step))


def _short(number: float) -> float:
    """Without the last digits of a sum: 0.3, not 0.30000000000000004."""
    return float(f"{number:.12g}")
