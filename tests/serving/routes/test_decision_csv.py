"""/decisions.csv: the filtered rows, for spreadsheets, without formulas."""

import csv
import io
import json
from dataclasses import replace

import pytest

from credit_scoring.database.errors import StorageError
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.serving.pages.decision_csv import COLUMNS
from tests.serving.routes.pages_client import REASONS, append, log_of

FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\u00a0=1", "＝1", "\r=1",
]  # fmt: skip


@pytest.fixture(scope="module")
def logged(make_app, app_settings, tmp_path_factory):
    """An app with a log of three decisions, the last one an acceptance."""
    url = f"sqlite:///{tmp_path_factory.mktemp('csv')}/decisions.db"
    app = make_app(replace(app_settings, database_url=url))
    for i, probability in enumerate((0.2, 0.25, 0.05)):
        append(app, probability, applicant_id=str(i))
    return app


def export(app, query="", language="en"):
    """The rows by column name, and the answer."""
    headers = {"Accept-Language": language}
    answer = app.test_client().get(f"/decisions.csv{query}", headers=headers)
    assert answer.status_code == 200
    text = answer.data.decode("utf-8-sig")
    delimiter = ";" if language == "fr" else ","
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)), answer


def test_file_is_utf8_with_a_mark_and_a_name(logged):
    rows, answer = export(logged)
    assert answer.data.startswith(b"\xef\xbb\xbfdecision_id,")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="decisions-2')
    assert tuple(rows[0]) == COLUMNS
    assert "Content-Length" not in answer.headers  # streamed


def test_rows_are_those_of_the_filters_newest_first(logged):
    assert [row["applicant_id"] for row in export(logged)[0]] == ["2", "1", "0"]
    rows, _ = export(logged, "?decision=REFUSED&q=&outcome=")
    assert [row["applicant_id"] for row in rows] == ["1", "0"]
    assert export(logged, "?q=nobody")[0] == []


def test_invalid_filter_is_refused(logged):
    assert logged.test_client().get("/decisions.csv?outcome=7").status_code == 422


def test_numbers_and_times_are_those_of_a_spreadsheet(logged):
    row = export(logged, "?decision=ACCEPTED")[0][0]
    assert (row["probability"], row["threshold"], row["credit_score"]) == ("0.05", "0.09", "572")
    assert len(row["made_at_utc"]) == len("2026-11-28 03:41:22")
    french = export(logged, "?decision=ACCEPTED", "fr")[0][0]
    assert (french["probability"], french["credit_score"]) == ("0,05", "572")


def test_reasons_are_in_the_language_of_the_page(logged):
    row = export(logged, "?decision=REFUSED")[0][0]
    assert (row["reason_1"], row["reason_3"]) == ("You paid late twice.", "")
    french = export(logged, "?decision=REFUSED", "fr")[0][0]
    assert french["reason_1"] == "Vous avez payé deux fois en retard."


def test_reviews_and_outcomes_are_those_in_force(app):
    decision_id = append(app, applicant_id="in force")
    log = log_of(app)
    log.add_review(decision_id, outcome="ACCEPTED", reviewer="A; B, C", reason='Two\n"lines"')
    log.add_outcome(decision_id, outcome=0)
    row = export(app, "?q=in+force")[0][0]
    assert (row["decision"], row["decision_in_force"], row["outcome"]) == (
        "REFUSED",
        "ACCEPTED",
        "0",
    )
    assert (row["reviewer"], row["review_reason"]) == ("A; B, C", 'Two\n"lines"')


@pytest.mark.parametrize("text", FORMULAS, ids=json.dumps)
@pytest.mark.parametrize("column", ["applicant_id", "reviewer", "review_reason", "reason_1"])
def test_no_cell_is_a_formula(app, text, column):
    reason = {**REASONS[0], "text": {"en": text, "fr": text}}
    columns = {"applicant_id": text} if column == "applicant_id" else {"applicant_id": "formula"}
    decision_id = append(app, reasons=[reason] if column == "reason_1" else REASONS, **columns)
    review = {"reviewer": "A", "reason": "b", column.removeprefix("review_"): text}
    values = {name: review[name] for name in ("reviewer", "reason")}
    log_of(app).add_review(decision_id, outcome="ACCEPTED", **values)
    rows = {row["decision_id"]: row for row in export(app)[0]}
    assert rows[decision_id][column] == f"'{text}"


def test_log_that_is_not_available_is_no_half_file(logged, monkeypatch):
    def fail(*_):
        raise StorageError("the database is locked")

    monkeypatch.setattr(DecisionLog, "_listed", fail)
    answer = logged.test_client().get("/decisions.csv")
    assert answer.status_code == 503
