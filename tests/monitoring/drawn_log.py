"""A database with the counts of a model, drawn from its own reference, without any decision."""

from datetime import UTC, datetime, timedelta

import numpy as np

from credit_scoring.bundle.reference import SCORE_BINS, bin_probability
from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import prepare_database
from credit_scoring.monitoring.day_counts import LATENCY_BINS, DayCounts
from tests.monitoring.model_counts import store_days

LATENCY_BIN = 20  # some 4 ms


def draw_day(rng, manifest, number, moved=()):
    """The counts of a day; features that have `moved` have their bins in reverse order."""
    reference = manifest.reference
    applicants = reference.score.applicants_per_bin
    scores = rng.multinomial(number, applicants / applicants.sum())
    is_refused = bin_probability() >= manifest.threshold["value"]
    accepted, refused = np.where(is_refused, 0, scores), np.where(is_refused, scores, 0)
    default = rng.binomial(accepted, bin_probability())
    latencies = [0] * LATENCY_BINS
    latencies[LATENCY_BIN] = number
    none = [0] * SCORE_BINS
    return DayCounts(
        features={
            feature.name: rng.multinomial(
                number,
                np.array(feature.counts[:: -1 if feature.name in moved else 1])
                / sum(feature.counts),
            ).tolist()
            for feature in reference.features
        },
        scores={"ACCEPTED": accepted.tolist(), "REFUSED": refused.tolist()},
        kinds={"predict": number},
        handler_ms=latencies,
        model_ms=list(latencies),
        outcomes={
            "ACCEPTED": {"repaid": (accepted - default).tolist(), "default": default.tolist()},
            "REFUSED": {"repaid": none, "default": none},
        },
    )


def write_counts(url, manifest, days=60, number=100, moved=()):
    """Create the database at `url` with the counts of `days` days, the last one yesterday."""
    rng = np.random.default_rng(0)
    yesterday = datetime.now(UTC).date() - timedelta(1)
    counts = {
        yesterday - timedelta(back): draw_day(rng, manifest, number, moved if back < 20 else ())
        for back in range(days)
    }
    engine = open_database(url)
    prepare_database(engine)
    store_days(engine, manifest.pickle["sha256"], counts)
    engine.dispose()
