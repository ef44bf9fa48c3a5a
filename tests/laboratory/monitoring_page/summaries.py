"""Summaries of a model in production, as GET /monitoring/summary returns them."""

import copy

ESTIMATE = {"value": 0.7, "low": 0.65, "high": 0.75}
MONTH = {
    "period": "2026-10", "accepted": 90, "outcomes": 60, "due": 30, "defaults": 6,
    "expected_defaults": 5.5, "auc": ESTIMATE, "default_rate": ESTIMATE,
    "cost_per_accepted": ESTIMATE, "calibration_slope": None,
}  # fmt: skip
WAITING = {**MONTH, "period": "2026-11", "outcomes": 0, "auc": None, "default_rate": None}
EMPTY = {
    "made_at": "2026-11-28T01:00:00+00:00", "model": None, "models": [],
    "window": {"since": "2026-11-01", "until": "2026-11-28", "days": 28}, "against": None,
    "missing": ["no decision is counted yet"], "uncounted": 0, "volume": None, "days": [],
    "latency": None, "score": None, "drift": None, "performance": None, "calibration": None,
    "refused_requests": {"number": 0, "share": None, "rows": []}, "expected_performance": None,
    "alarms": [],
}  # fmt: skip
POINTS = {"p50": 1.0, "p95": 2.0, "p99": 3.0}


def feature(name, psi=0.01, band="none"):
    return {
        "name": name, "psi": psi, "psi_limit": 0.02, "band": band, "adjusted_p_value": 0.3,
        "missing_share": 0.1, "reference_missing_share": 0.0,
    }  # fmt: skip


def alarm(state):
    return {
        "rule": "drift", "title": "The applicants have changed", "state": state, "value": 1e12,
        "value_text": "evidence > 1,000", "limit": 5.0, "limit_text": "off below evidence 5",
        "since": "2026-11-20" if state == "on" else None,
        "message": "INCOME moved", "action": "Find what changed.",
    }  # fmt: skip


def full_summary():
    """A summary with every section; an alarm is on."""
    moved = {"name": "INCOME", "sentence": "INCOME has moved since about 20 November"}
    day = {
        "decisions": 10, "accepted": 8, "refused": 2, "missing_share": None,
        "handler_ms": POINTS, "model_ms": None, "refused_requests": 1,
    }  # fmt: skip
    score = {"probabilities": [index / 122 for index in range(122)], "counts": [1] * 122}
    return copy.deepcopy({
        **EMPTY,
        "model": {
            "version": "0a1b", "digest": "0a1b" * 16, "first_day": "2026-10-01",
            "last_day": "2026-11-28", "decisions": 120, "has_reference": True,
        },
        "missing": [],
        "volume": {
            "decisions": 120, "accepted": 90, "refused": 30, "refused_share": 0.25,
            "refused_share_training": 0.2, "kinds": {"predict": 120}, "features_not_counted": 0,
        },
        "days": [{"day": f"2026-11-{number:02d}", **day} for number in range(1, 29)],
        "latency": {"handler_ms": POINTS, "model_ms": None},
        "score": {**score, "reference": [2] * 122, "drift": feature("(score)")},
        "drift": {
            "reference": "training",
            "verdict": {"alarm": True, "error_level": 0.05, "moved": [moved], "log_evidence": {}},
            "features": [feature("INCOME", 0.3, "large"), feature("<b>AGE</b>")],
        },
        "refused_requests": {
            "number": 28, "share": 0.19,
            "rows": [{"kind": "features-refused", "field": "INCOME", "number": 28}],
        },
        "performance": {"months": [MONTH, WAITING], "total": MONTH, "notes": ["Refused: unknown."]},
        "calibration": {"sentence": "no loss of calibration in the known outcomes"},
        "expected_performance": {
            "applicants": 120, "default_rate": ESTIMATE, "auc": None, "refused_share": ESTIMATE,
            "cost_per_applicant": ESTIMATE, "assumption": "As in training.", "warning": "Beware.",
        },
        "alarms": [alarm("on"), alarm("off"), alarm("not evaluated")],
    })  # fmt: skip
