"""Results of the drift statistics: per feature between two samples, and the verdict over time."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from credit_scoring.monitoring.sentence import Language, Sentence

Band = Literal["none", "within chance", "moderate", "large"]
MODERATE_PSI = 0.1  # usual band: below it, no drift worth acting on
LARGE_PSI = 0.25  # usual band: the population is another one
SCORE = "(score)"  # the name of the probability of default among the features


@dataclass(frozen=True)
class FeatureDrift:
    """One feature in two samples.

    `psi_by_chance` and `psi_limit` are the mean and the 95 % point of the population stability
    index of two samples of these sizes from one population. `adjusted_p_value` is the p-value of
    the chi-square test after Benjamini-Hochberg over all features of the comparison. `psi_limit`
    and the band "within chance" look at one feature alone.
    """

    name: str
    applicants: int
    reference_applicants: int
    psi: float
    psi_by_chance: float
    psi_limit: float
    chi_square: float
    degrees: int
    p_value: float
    adjusted_p_value: float
    missing_share: float
    reference_missing_share: float

    @property
    def band(self) -> Band:
        """The usual band of the PSI, or "within chance" if it is not above its 95 % point."""
        if self.psi < MODERATE_PSI:
            return "none"
        if self.psi <= self.psi_limit:
            return "within chance"
        return "moderate" if self.psi < LARGE_PSI else "large"

    def as_dict(self) -> dict[str, Any]:
        """Return the fields and the band as JSON types."""
        return {**vars(self), "band": self.band}


@dataclass(frozen=True)
class MovedFeature:
    """A feature that the verdict names: the estimated first day of the change, drift since then."""

    since: date
    log_evidence: float
    drift: FeatureDrift

    @property
    def name(self) -> str:
        """The name of the feature."""
        return self.drift.name

    def sentence(self) -> Sentence:
        """Return the finding in plain words."""
        key = "drift.score" if self.name == SCORE else "drift.feature"
        drift = {"psi": self.drift.psi, "by_chance": self.drift.psi_by_chance}
        return Sentence(key, {"name": self.name, "since": self.since, **drift})

    def as_dict(self, language: Language = "en") -> dict[str, Any]:
        """Return the fields and the sentence, in a language, as JSON types."""
        return {
            "name": self.name,
            "since": self.since.isoformat(),
            "log_evidence": self.log_evidence,
            "sentence": self.sentence().text(language),
            "drift": self.drift.as_dict(),
        }


@dataclass(frozen=True)
class DriftVerdict:
    """The one verdict for a model: holds its error level over all features and repeated looks.

    `log_evidence` is the natural logarithm of the e-value of every feature: 0 means no evidence,
    and log(number of features / error level) suffices for an alarm on one feature alone.
    """

    moved: tuple[MovedFeature, ...]
    log_evidence: dict[str, float]
    error_level: float

    @property
    def alarm(self) -> bool:
        """True if at least one feature has moved."""
        return bool(self.moved)

    def as_dict(self, language: Language = "en") -> dict[str, Any]:
        """Return the verdict as JSON types, its sentences in a language."""
        return {
            "alarm": self.alarm,
            "error_level": self.error_level,
            "moved": [feature.as_dict(language) for feature in self.moved],
            "log_evidence": self.log_evidence,
        }
