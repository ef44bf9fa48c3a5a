"""The rows of the page's table of features: verdict, drift, missing values and a histogram."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, cast
from urllib.parse import quote

from markupsafe import Markup

from credit_scoring.charts.share_charts import small_histogram
from credit_scoring.monitoring.alarms.rules import shipped_rules
from credit_scoring.monitoring.summary_shape import Drift

Counts = Sequence[int] | Any  # an array of numbers
MAX_HISTOGRAMS = 1000  # that are kept, each of some 700 characters
Badge = Literal["moved", "none", "within chance", "moderate", "large", "too few"]
BADGE_CLASSES: dict[Badge, str] = {
    "moved": "bad",
    "none": "good",
    "within chance": "good",
    "moderate": "warn",
    "large": "warn",
    "too few": "",
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
    moved: Collection[str],
) -> list[FeatureRow]:
    """The features in an order of `SORT_KEYS`; none without a reference.

    `counts` are those of the reference and of the window, by bin. `moved` names the moved features.
    """
    if drift is None:
        return []
    evidence = drift["verdict"]["log_evidence"] if drift["verdict"] else {}
    rows = [
        FeatureRow(
            name=feature["name"],
            meaning=meanings.get(feature["name"], feature["name"]),
            drift=feature,
            badge="moved" if feature["name"] in moved else band(feature),
            log_evidence=evidence.get(feature["name"], 0.0),
            histogram=_histogram(counts.get(feature["name"])),
        )
        for feature in drift["features"]
    ]
    return sorted(rows, key=SORT_KEYS[order])


def enough_decisions() -> int:
    """From how many decisions on the page judges drift: the minimum of the alarm."""
    return shipped_rules()["drift"].minimum


def moved_features(drift: Drift | None, decisions: int) -> list[Any]:
    """The moved features of the verdict; none while the model has too few decisions."""
    verdict = drift and drift["verdict"]
    return verdict["moved"] if verdict and decisions >= enough_decisions() else []


def band(drift: Mapping[str, Any]) -> Badge:
    """The band of a feature's PSI, or "too few" decisions to tell."""
    enough = drift["applicants"] >= enough_decisions()
    return cast("Badge", drift["band"] if enough else "too few")


def _histogram(counts: tuple[Counts, Counts] | None) -> Markup | None:
    return _drawn(*map(tuple, counts)) if counts else None


@lru_cache(maxsize=MAX_HISTOGRAMS)
def _drawn(reference: tuple[int, ...], current: tuple[int, ...]) -> Markup:
    """A small histogram; most are the same when the page is refreshed."""
    return small_histogram(reference, current)
