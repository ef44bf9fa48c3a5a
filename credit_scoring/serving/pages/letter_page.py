"""The page of the letter: the letter, or why there is none."""

from flask import Response, current_app, request

from credit_scoring.decisions.records import StoredDecision
from credit_scoring.serving.pages.language import LANGUAGES, page_language, page_texts
from credit_scoring.serving.pages.letter import LENDER, Lender, letter_on, why_no_letter
from credit_scoring.serving.pages.page import notation_of, render_page
from credit_scoring.serving.service import service


def letter_page(stored: StoredDecision) -> Response:
    """The letter in the language of ?letter=, by default that of the page."""
    wanted = request.args.get("letter")
    language = wanted if wanted in LANGUAGES else page_language()
    reason = why_no_letter(stored)
    lender: Lender = current_app.config[LENDER]
    return render_page(
        "decisions/letter.html", "decisions",
        stored=stored, no_letter=reason,
        is_generated=bool(service().bundle.manifest.data.get("generated_sample")),
        letter=None if reason else letter_on(stored, lender, language),
        w=page_texts("letter", language), written=notation_of(language),
    )  # fmt: skip
