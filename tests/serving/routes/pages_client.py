"""A browser's requests to the pages of an app, and entries of its log."""

import re
from datetime import UTC, datetime
from html import unescape

from sqlalchemy import text, update

from credit_scoring.database.table_definitions import decisions
from credit_scoring.serving.app_factory import DATABASE
from credit_scoring.serving.service import EXTENSION
from tests.log_entries import log_entry
from tests.serving.page_forms import HTML

REASONS = [
    {
        "code": "late_payments",
        "text": {"en": "You paid late twice.", "fr": "Vous avez payé deux fois en retard."},
        "contribution": 0.4,
        "direction": "against",
        "features": ["instalments_late_mean"],
    },
    {
        "code": "external_scores",
        "text": {"en": "Your external score is 0.2.", "fr": "Votre indice externe est de 0,2."},
        "contribution": 0.3,
        "direction": "against",
        "features": ["EXT_SOURCE_2"],
    },
]
INPUTS = {"AMT_CREDIT": 450000.0, "EXT_SOURCE_2": 0.2, "DAYS_EMPLOYED": -1200, "own_column": None}


def log_of(app):
    return app.extensions[EXTENSION].log


def append(app, probability=0.2, **columns):
    """The id of a new decision; a refusal with two reasons by default."""
    defaults = {"inputs": INPUTS, "applicant_id": "100002"}
    if probability >= 0.09:
        defaults["reasons"] = REASONS
    entry = log_entry(probability, **{**defaults, **columns})
    log_of(app).append([entry])
    return entry.decision_id


def erase(app, decision_id):
    values = {
        "inputs": None, "reasons": None, "applicant_id": None, "request_id": "",
        "erased_at": datetime.now(UTC), "erased_because": "erasure",
    }  # fmt: skip
    query = update(decisions).where(decisions.c.decision_id == decision_id).values(values)
    with app.extensions[DATABASE].begin() as connection:
        connection.execute(query)


def damage(app, decision_id, column):
    """Change a stored value as another program would that removed the triggers."""
    with app.extensions[DATABASE].begin() as connection:
        triggers = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        ).all()
        for name, _ in triggers:
            connection.execute(text(f"DROP TRIGGER {name}"))
        query = update(decisions).where(decisions.c.decision_id == decision_id)
        connection.execute(query.values({column: "not JSON"}))
        for _, statement in triggers:
            connection.execute(text(statement))


def read(client, path, language="en", status=200):
    """The page's text as a person reads it, on one line."""
    answer = client.get(path, headers={**HTML, "Accept-Language": language})
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    return text_of(answer)


def text_of(answer):
    body = answer.text.partition("<main")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).replace("\u00a0", " ").split())
