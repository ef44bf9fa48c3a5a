"""The fairness figures of the bundle for the page: rates by group, and differences in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from credit_scoring.bundle.fairness import FAIRNESS_FILE, Differences, Fairness, parse_fairness
from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.errors import BundleError

RATES = ("selection_rate", "false_positive_rate", "false_negative_rate", "default_rate")


@dataclass(frozen=True)
class FairnessFigures:
    """The figures of a bundle; None if it has none, or `problem` if they cannot be used."""

    figures: Fairness | None = None
    problem: str = ""


def fairness_figures(bundle: Bundle) -> FairnessFigures:
    """The fairness figures of the bundle's model."""
    content = bundle.documents.get(FAIRNESS_FILE)
    if content is None:
        return FairnessFigures()
    try:
        figures = parse_fairness(content, FAIRNESS_FILE, bundle.manifest.version)
    except BundleError as error:
        return FairnessFigures(problem=str(error))
    return FairnessFigures(figures)


def differences(attribute: Mapping[str, Any]) -> Iterator[tuple[str, Differences]]:
    """The differences over all groups, and over the large ones if some are small.

    Each with the key of its words: "all" or "large".
    """
    yield "all", attribute  # type: ignore[misc]
    if any(group["small"] for group in attribute["groups"]):
        yield "large", attribute["without_small_groups"]
