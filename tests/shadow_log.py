"""A decision log in which two models scored the same decisions."""

import numpy as np

from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import migrate
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.decisions.records import LogEntry
from credit_scoring.decisions.shadow_scores import ShadowScore, ShadowScoreWriter
from credit_scoring.scoring.decision import decide

CHAMPION, CHALLENGER = "a" * 64, "c" * 64
THRESHOLD = 0.1


def write_shadow_log(
    path, count, *, noise=0.0, champion=CHAMPION, challenger=CHALLENGER, threshold=THRESHOLD
):
    """Write a log of `count` decisions, in the file `path`; return its URL and the decisions.

    The champion's probability is the true one blurred by `noise`, the challenger's is the true one.
    Accepted applicants have an outcome, drawn with the true probability. A decision is the
    champion's probability, the challenger's and the outcome, None if unknown.
    """
    url = f"sqlite:///{path}"
    engine = open_database(url, limited=False)
    migrate(engine)
    rng = np.random.default_rng(3)
    true = rng.beta(0.5, 5, count)
    blurred = np.clip(true + noise * rng.normal(size=count), 0.001, 0.999)
    defaulted = (rng.random(count) < true).astype(int).tolist()
    entries = [_entry(probability, champion) for probability in blurred.tolist()]
    log = DecisionLog(engine)
    log.append(entries)
    scores = [
        ShadowScore(
            decision_id=entry.decision_id,
            challenger_digest=challenger,
            challenger_version=challenger[:12],
            probability=probability,
            threshold=threshold,
            score=int(probability >= threshold),
        )
        for entry, probability in zip(entries, true.tolist(), strict=True)
    ]
    ShadowScoreWriter(engine).append(scores)
    decisions = []
    for entry, score, outcome in zip(entries, scores, defaulted, strict=True):
        known = None if entry.decision.score else outcome
        if known is not None:
            log.add_outcome(entry.decision_id, outcome=known)
        decisions.append((entry.decision.probability, score.probability, known))
    engine.dispose()
    return url, decisions


def _entry(probability, digest):
    return LogEntry(
        decision=decide(probability, THRESHOLD, digest[:12]),
        inputs="{}",
        model_digest=digest,
        request_id="r",
    )
