"""The rows of the page's table of features: verdict, drift, missing values and a histogram."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import quote

from markupsafe import Markup

from credit_scoring.charts.share_charts import small_histogram
from credit_scoring.monitoring.summary_shape import Drift

Counts = Sequence[int] | Any  # an array of numbers
MAX_HISTOGRAMS = 1000  # that are kept, each of some 700 characters
Badge = Literal["moved", "none", "within chance", "moderate", "large"]
BADGE_CLASSES: dict[Badge, str] = {
    "moved": "bad",
    "none": "good",
    "within chance": "good",
    "moderate": "warn",
    "large": "warn",
}


@dataclass(frozen=True)
class FeatureRow:
    """A feature of the table: `meaning` in the page's language, `drift` as in the summary."""

    name: str
    meaning: str
    drift: Mapping[str, Any]
    badge: Badge
    log_evidence: float
    histogram: Markup | None

    @property
    def css_class(self) -> str:
        """The class of the badge."""
        return BADGE_CLASSES[self.badge]

    @property
    def path(self) -> str:
        """The name in a path of a URL."""
        return quote(self.name)

    @property
    def missing_change(self) -> float:
        """How much larger the missing share is than in the reference."""
        return float(self.drift["missing_share"] - self.drift["reference_missing_share"])


SORT_KEYS: dict[str, Callable[[FeatureRow], Any]] = {
    "verdict": lambda row: (row.badge != "moved", -row.log_evidence, -row.drift["psi"]),
    "psi": lambda row: -row.drift["psi"],
    "missing": lambda row: -abs(row.missing_change),
    "name": lambda row: row.meaning.casefold(),
}


def feature_rows(
    drift: Drift | None,
    counts: Mapping[str, tuple[Counts, Counts]],
    meanings: Mapping[str, str],
    order: str,
) -> list[FeatureRow]:
    """The features in an order of `SORT_KEYS`; none without a reference.

    `counts` are those of the reference and of the window, by bin.
    """
    if drift is None:
        return []
    verdict = drift["verdict"] or {"moved": [], "log_evidence": {}}
    moved = {feature["name"] for feature in verdict["moved"]}
    rows = [
        FeatureRow(
            name=feature["name"],
            meaning=meanings.get(feature["name"], feature["name"]),
            drift=feature,
            badge="moved" if feature["name"] in moved else feature["band"],
            log_evidence=verdict["log_evidence"].get(feature["name"], 0.0),
            histogram=_histogram(counts.get(feature["name"])),
        )
        for feature in drift["features"]
    ]
    return sorted(rows, key=SORT_KEYS[order])


def _histogram(counts: tuple[Counts, Counts] | None) -> Markup | None:
    return _drawn(*map(tuple, counts)) if counts else None


@lru_cache(maxsize=MAX_HISTOGRAMS)
def _drawn(reference: tuple[int, ...], current: tuple[int, ...]) -> Markup:
    """A small histogram; most are the same when the page is refreshed."""
    return small_histogram(reference, current)
