"""The page at `/monitoring`, and that of one feature: production against training."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from credit_scoring.monitoring.sentence import Language
from credit_scoring.scoring.translations import meanings
from credit_scoring.serving.middleware.authentication import requires_scope
from credit_scoring.serving.monitoring.monitoring_thread import monitoring as current_monitoring
from credit_scoring.serving.pages.language import no_break, no_breaks, page_language, page_texts
from credit_scoring.serving.pages.monitoring.challenger import challenger_view
from credit_scoring.serving.pages.monitoring.charts import Charts, feature_charts
from credit_scoring.serving.pages.monitoring.features import (
    band,
    enough_decisions,
    feature_rows,
    moved_features,
)
from credit_scoring.serving.pages.monitoring.window import ORDERS, PERIODS, Choice
from credit_scoring.serving.pages.monitoring.words import Words
from credit_scoring.serving.pages.page import for_people_only, render_page
from credit_scoring.serving.service import service

if TYPE_CHECKING:
    from credit_scoring.monitoring.model_facts import ModelFacts
    from credit_scoring.monitoring.summary import SummaryQuery

monitoring_page = Blueprint("monitoring_page", __name__)
REFRESH_SECONDS = 30
MISSING_SHOWN = 8  # features whose missing share has changed most


@monitoring_page.get("/monitoring")
@for_people_only
@requires_scope("review")
def monitoring() -> Response:
    """Everything that GET /monitoring/summary says, for people."""
    from credit_scoring.monitoring.feature_summary import window_counts  # noqa: PLC0415 - statistics
    from credit_scoring.monitoring.summary import read_summary_and_facts  # noqa: PLC0415

    words, choice = _words(), _choice()
    query = _query(choice, words.language)
    summary, facts = read_summary_and_facts(current_monitoring().source, query)
    shown: Any = no_breaks(summary) if words.language == "fr" else summary
    meanings_by_name = _meanings(facts, words.language)
    counts = window_counts(facts, query) if facts else {}
    decisions = summary["model"]["decisions"] if summary["model"] else 0
    challenger = challenger_view(choice, summary["model"]["digest"]) if summary["model"] else None
    moved = moved_features(shown["drift"], decisions)
    names = {feature["name"] for feature in moved}
    rows = feature_rows(summary["drift"], counts, meanings_by_name, choice.order, names)
    response = render_page(
        "monitoring/monitoring.html", "monitoring",
        summary=shown, words=words, choice=choice, periods=PERIODS, orders=ORDERS,
        refresh_seconds=REFRESH_SECONDS, charts=Charts(shown, words), rows=rows,
        most_missing=_most_missing(rows), meanings=meanings_by_name,
        states=_states(summary["alarms"]), moved=moved, band=band, challenger=challenger,
        few=decisions if decisions < enough_decisions() else None, enough=enough_decisions(),
    )  # fmt: skip
    response.status_code = 422 if choice.errors else 200
    return response


def feature_page(name: str) -> Response:
    """The page of one feature, or of the score: its bins against the reference, and by day."""
    from credit_scoring.monitoring.feature_summary import read_feature  # noqa: PLC0415

    words, choice = _words(), _choice()
    feature = read_feature(current_monitoring().source, _query(choice, words.language), name)
    shown: Any = no_breaks(feature) if words.language == "fr" else feature
    response = render_page(
        "monitoring/feature.html", "monitoring",
        feature=shown, words=words, choice=choice, periods=PERIODS,
        charts=feature_charts(shown, words),
    )  # fmt: skip
    response.status_code = 422 if choice.errors else 200
    return response


def _words() -> Words:
    language: Language = "fr" if page_language() == "fr" else "en"
    return Words(language, page_texts("monitoring", language))


def _choice() -> Choice:
    return Choice.of(request.args, datetime.now(UTC).date())


def _query(choice: Choice, language: Language) -> "SummaryQuery":
    from credit_scoring.monitoring.summary import SummaryQuery  # noqa: PLC0415 - statistics

    days: tuple[date, date] = (choice.since, choice.until)
    served = service().bundle.manifest.pickle["sha256"]
    return SummaryQuery(*days, model=choice.model, served=served, language=language)


def _meanings(facts: "ModelFacts | None", language: Language) -> dict[str, str]:
    """The catalogue's words for every feature of the model."""
    features = facts.manifest.features if facts and facts.manifest else ()
    texts = {f.name: meanings(f.feature)[language] for f in features}
    return {name: no_break(text) for name, text in texts.items()} if language == "fr" else texts


def _most_missing(rows: list[Any]) -> list[Any]:
    """The features whose missing share differs most from the reference."""
    changed = [row for row in rows if abs(row.missing_change) > 0]
    return sorted(changed, key=lambda row: -abs(row.missing_change))[:MISSING_SHOWN]


def _states(alarms: list[Any]) -> dict[str, int]:
    """How many alarms are in each state."""
    states = [alarm["state"] for alarm in alarms]
    return {state: states.count(state) for state in ("on", "off", "not evaluated")}
