"""The challenger of the service on the page of monitoring: what it does, and how it agrees."""

from dataclasses import dataclass
from datetime import UTC, datetime, time

from credit_scoring.decisions.decision_queries import Filters
from credit_scoring.decisions.shadow_scores import Agreement, ModelPair
from credit_scoring.serving.answers import ChallengerStatus
from credit_scoring.serving.pages.monitoring.window import Choice
from credit_scoring.serving.service import service
from credit_scoring.serving.shadow.shadow_scoring import shadow_scoring

COMPARED = 2000  # newest decisions: a page must not read the whole log


@dataclass(frozen=True)
class ChallengerView:
    """The challenger, and its agreement with the model of the page; None without a comparison."""

    status: ChallengerStatus
    version: str | None
    agreement: Agreement | None


def challenger_view(choice: Choice, model_digest: str) -> ChallengerView | None:
    """The challenger of the settings; None if none is configured."""
    shadow = shadow_scoring()
    if shadow is None:
        return None
    since, until = (datetime.combine(day, time(), UTC) for day in (choice.since, choice.end))
    pair = ModelPair(model_digest, shadow.digest)
    period = Filters(since=since, until=until)
    return ChallengerView(
        status=shadow.status(service().bundle.manifest.pickle["sha256"]),
        version=shadow.version,
        agreement=service().log.agreement(pair, period, COMPARED),
    )
