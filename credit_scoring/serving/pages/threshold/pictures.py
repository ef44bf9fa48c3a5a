"""The pictures of the page: figures by threshold as lines with their 95 % bands.

static/threshold/pictures.js draws the same ones while a visitor changes the choice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from credit_scoring.bundle.threshold_curve import ThresholdCurve
from credit_scoring.charts.scale import Scale
from credit_scoring.confidence_interval import Estimate
from credit_scoring.serving.pages.geometry import Axis, Frame, band, line, share_ticks
from credit_scoring.serving.pages.threshold.choice import Choice
from credit_scoring.serving.pages.threshold.outcomes import outcomes

FRAMES = {  # by CSS class
    "wide": Frame(528, 320, left=64, right=14, top=66, bottom=44),
    "narrow": Frame(306, 300, left=62, right=10, top=66, bottom=44),
}
SPACING = 44  # pixels between two labels of the horizontal axis


@dataclass(frozen=True)
class Picture:
    """What a picture shows: the names of its figures, and whether they are shares."""

    name: str
    figures: tuple[str, ...]
    are_shares: bool = False


COST = Picture("cost", ("cost",))
ERRORS = Picture("errors", ("accepted_share", "missed_share", "refused_good_share"), True)
PROFIT = Picture("profit", ("profit",))


def pictures(curve: ThresholdCurve, choice: Choice) -> Iterator[dict[str, Any]]:
    """The pictures with their geometry, that of the profit only if the exposure is known."""
    points = [outcomes(curve, index, choice.terms) for index in range(len(curve.thresholds))]
    for picture in (COST, ERRORS, *((PROFIT,) if curve.exposure else ())):
        series = {name: [_known(point[name]) for point in points] for name in picture.figures}
        yield {
            "name": picture.name,
            "are_shares": picture.are_shares,
            "drawings": [
                {"size": size, **_drawing(frame, curve, choice, series, picture)}
                for size, frame in FRAMES.items()
            ],
        }


def _known(estimate: Estimate | None) -> Estimate:
    return estimate or Estimate(0.0, 0.0, 0.0)


def _drawing(
    frame: Frame,
    curve: ThresholdCurve,
    choice: Choice,
    series: dict[str, list[Estimate]],
    picture: Picture,
) -> dict[str, Any]:
    x = frame.x(0.0, rightmost(curve.thresholds), is_root=True)
    scale = value_scale([e for line in series.values() for e in line], picture)
    y = frame.y(scale.low, scale.high)
    xs = [x(threshold) for threshold in curve.thresholds]
    return {
        "frame": frame,
        "x_ticks": share_ticks(x, SPACING),
        "y_ticks": [(y(tick), tick) for tick in scale.ticks()],
        "decimals": tick_decimals(scale.ticks()),
        "zero": y(0.0),
        "series": [
            {
                "name": name,
                "line": line(zip(xs, [y(e.value) for e in estimates], strict=True)),
                "band": band(xs, [y(e.low) for e in estimates], [y(e.high) for e in estimates]),
                "chosen": y(estimates[choice.index].value),
            }
            for name, estimates in series.items()
        ],
        "marks": _marks(x, curve, choice),
    }


def _marks(x: Axis, curve: ThresholdCurve, choice: Choice) -> dict[str, tuple[float, int]]:
    """The pixel of each mark and the row of its label, further down the further to the right.

    This keeps the lines from crossing the labels to their left. A theoretical threshold that is
    the model's own has no label.
    """
    pixels = {
        "theoretical": x(choice.terms.theoretical),
        "own": x(curve.thresholds[choice.own]),
        "chosen": x(curve.thresholds[choice.index]),
    }
    shown = [name for name in pixels if name != "theoretical" or not choice.is_own_theoretical]
    rows = sorted(shown, key=pixels.__getitem__)
    return {
        name: (pixel, rows.index(name if name in shown else "own"))
        for name, pixel in pixels.items()
    }


def rightmost(thresholds: Sequence[float]) -> float:
    """The right end of the axis: the highest threshold below 1; no applicant is beyond it."""
    return max((value for value in thresholds if value < 1), default=1.0) or 1.0


def value_scale(estimates: Sequence[Estimate], picture: Picture) -> Scale:
    """The vertical scale that holds 0 and every interval; 0 to 1 for shares."""
    if picture.are_shares:
        return Scale(0.0, 1.0)
    low = min((estimate.low for estimate in estimates), default=0.0)
    high = max((estimate.high for estimate in estimates), default=1.0)
    return Scale(min(low, 0.0), max(high, 0.0))


def tick_decimals(ticks: Sequence[float]) -> int:
    """The decimals, 0 to 2, that the labels of these ticks need."""
    scaled = (
        (digits, all(float(tick * 10**digits).is_integer() for tick in ticks)) for digits in (0, 1)
    )
    return next((digits for digits, fits in scaled if fits), 2)
