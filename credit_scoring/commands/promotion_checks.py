"""The checks of `python model.py promote`: the candidate against the champion."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from credit_scoring.commands.decision_log_options import count_of, open_decision_log
from credit_scoring.commands.evaluate import cost_difference_in_words, print_evaluation
from credit_scoring.commands.shadow_report import read_report
from credit_scoring.commands.shadow_report_text import cost_in_words, print_shadow_report

if TYPE_CHECKING:
    from credit_scoring.laboratory.evaluation.evaluate_bundle import BundleComparison, Evaluation
    from credit_scoring.laboratory.shadow.shadow_report import ShadowReport
    from credit_scoring.tables.read_tables import ReadOptions
    from credit_scoring.tracking.registry import Registry
    from credit_scoring.tracking.registry_reader import ModelVersion


@dataclass(frozen=True)
class Check:
    """The result of a check: tags of the candidate, and the objection to it, "" if none."""

    tags: dict[str, str]
    objection: str


@dataclass(frozen=True)
class VersionPair:
    """A candidate and the champion of the registry."""

    registry: "Registry"
    candidate: "ModelVersion"
    champion: "ModelVersion"

    def check_on(self, data: Path, seed: int, read_options: "ReadOptions") -> Check:
        """Compare both on the applicants at `data`, and print the comparison."""
        from credit_scoring.laboratory.evaluation.evaluate_bundle import compare_bundles
        from credit_scoring.laboratory.score_dataset import LoadedBundle
        from credit_scoring.progress import Progress

        numbers = f"version {self.candidate.number} with the champion, {self.champion.number}"
        with (
            Progress().step(f"Comparing {numbers}"),
            self.registry.downloaded(self.candidate) as first,
            self.registry.downloaded(self.champion) as second,
        ):
            comparison = compare_bundles(
                LoadedBundle(*first), LoadedBundle(*second), data, seed, read_options
            )
        print_evaluation(comparison)
        return Check(_comparison_tags(comparison), _objection(comparison))

    def check_shadow(self, min_outcomes: int, seed: int) -> Check:
        """Compare both on the decisions of the log that both scored, and print the report."""
        from credit_scoring.decisions.decision_queries import Filters
        from credit_scoring.decisions.shadow_scores import ModelPair
        from credit_scoring.tracking.registry_reader import MODEL_DIGEST_TAG
        from credit_scoring.training.metrics import Costs

        digests = (version.tags[MODEL_DIGEST_TAG] for version in (self.champion, self.candidate))
        with self.registry.downloaded(self.champion) as (_, bundle):
            costs = Costs(**bundle.manifest.costs)
        with open_decision_log() as engine:
            report = read_report(engine, ModelPair(*digests), costs, Filters(), seed)
        print_shadow_report(report)
        return Check(_shadow_tags(report), _shadow_objection(report, min_outcomes))


def require_checks(pair: VersionPair, checks: Sequence[Check], *, force: bool) -> None:
    """Tag the candidate with the results; RegistryError for an objection unless `force`."""
    from credit_scoring.errors import RegistryError

    tags = {name: value for check in checks for name, value in check.tags.items()}
    compared = {"compared_with": pair.champion.number, "forced": force}
    pair.registry.set_tags(pair.candidate, {**tags, **compared})
    objections = " ".join(check.objection for check in checks if check.objection)
    if objections and not force:
        raise RegistryError(f"not promoted. {objections} --force promotes it anyway")


def evaluation_tags(evaluation: "Evaluation") -> dict[str, str]:
    """Cost and AUC as tags of a version, with the fingerprint of the data they were measured on."""
    names = ("cost_per_applicant", "roc_auc")
    tags = {name: f"{evaluation.metrics[name]['value']:.6f}" for name in names}
    return {**tags, "measured_on": evaluation.facts["fingerprint"]}


def _comparison_tags(comparison: "BundleComparison") -> dict[str, str]:
    """The metrics of both models and their difference in cost, as tags of the candidate."""
    champion_tags = {
        f"champion_{name}": value for name, value in evaluation_tags(comparison.second).items()
    }
    del champion_tags["champion_measured_on"]  # the same data
    cost = _interval(comparison.extra_cost)
    return {**evaluation_tags(comparison.first), **champion_tags, "cost_difference": cost}


def _shadow_tags(report: "ShadowReport") -> dict[str, str]:
    cost = report.extra_cost
    return {
        "shadow_decisions": str(report.decisions.total),
        "shadow_outcomes": str(report.decisions.with_outcome),
        "shadow_cost_difference": "unknown" if cost is None else _interval(cost),
    }


def _interval(cost: dict[str, float]) -> str:
    return f"{cost['value']:.6f} ({cost['low']:.6f} to {cost['high']:.6f})"


def _objection(comparison: "BundleComparison") -> str:
    """Why the candidate must not be promoted: it costs more, or only it knows the data."""
    if comparison.extra_cost["value"] > 0:
        return cost_difference_in_words(comparison)
    if comparison.first.in_sample and not comparison.second.in_sample:
        return (
            "Only the challenger was trained on these data, so it must look better on them. Give "
            "data that neither model was trained on."
        )
    return ""


def _shadow_objection(report: "ShadowReport", min_outcomes: int) -> str:
    """Why the candidate must not be promoted: too few outcomes, or it may cost more."""
    known = report.decisions.with_outcome
    if known < min_outcomes:
        return (
            f"{count_of(known, 'decision')} that both models scored have an outcome: "
            f"{min_outcomes:,} are needed."
        )
    if report.extra_cost is None or report.extra_cost["high"] > 0:
        return f"{cost_in_words(report)} The interval must not reach above 0."
    return ""
