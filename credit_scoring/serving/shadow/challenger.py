"""The challenger of a service: fetched, verified, and able to score the champion's requests."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from credit_scoring.bundle.model_store import ModelStore
from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.decisions.input_encoding import parse_inputs
from credit_scoring.decisions.shadow_scores import ShadowScore
from credit_scoring.model_sources.fetch import fetch
from credit_scoring.scoring.rescorer import Incomparable, Rescorer
from credit_scoring.scoring.verify_bundle import verify_bundle
from credit_scoring.serving.shadow.pending_scores import PendingScore
from credit_scoring.settings import Settings

UNREADABLE = "inputs unreadable"


class Challenger:
    """A verified bundle that scores decisions of other models."""

    def __init__(self, bundle: Bundle, requested: dict[str, AbstractSet[str]]) -> None:
        """`requested` are the features of the champions' requests, by their models' digests."""
        self.digest = bundle.manifest.pickle["sha256"]
        self.version = bundle.manifest.version
        self._rescorer = Rescorer(bundle, requested)

    def score(self, pending: Sequence[PendingScore]) -> list[ShadowScore | str]:
        """The score of each decision, or the reason why there is none."""
        inputs = [_inputs(one) for one in pending]
        readable = [values for values in inputs if values is not None]
        digests = [
            one.model_digest
            for one, values in zip(pending, inputs, strict=True)
            if values is not None
        ]
        results = iter(self._rescorer.score(readable, digests))
        return [
            UNREADABLE if values is None else self._result(one, next(results))
            for one, values in zip(pending, inputs, strict=True)
        ]

    def _result(self, pending: PendingScore, result: Any) -> ShadowScore | str:
        if isinstance(result, Incomparable):
            return result.obstacle
        return ShadowScore(
            decision_id=pending.decision_id,
            challenger_digest=self.digest,
            challenger_version=self.version,
            probability=result.probability,
            threshold=result.threshold,
            score=result.score,
        )


def _inputs(pending: PendingScore) -> dict[str, Any] | None:
    try:
        return parse_inputs(pending.inputs, pending.names)
    except (ValueError, TypeError):
        return None


def load_challenger(settings: Settings, requested: dict[str, AbstractSet[str]]) -> Challenger:
    """The challenger of the settings, as fully verified as the champion.

    SourceError if it cannot be fetched, BundleError if it cannot be used.
    """
    files = fetch(settings.challenger, settings).files
    known = ModelStore(settings.model_store).known  # one trial for all workers and starts
    bundle = verify_bundle(files, "the challenger", known=known, public_key=settings.public_key)
    return Challenger(bundle, requested)
