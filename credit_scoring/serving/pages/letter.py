"""The letter that tells a refused applicant why, and what they may do.

Sources: Regulation B, 12 CFR 1002.9 (specific principal reasons, never a score or a limit); the
European Consumer Credit Directive 2023/2225 (an automated decision: a person's review, an
explanation, contesting it; the source of data from a database). See docs/pages.md.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from credit_scoring.decisions.records import Review, StoredDecision
from credit_scoring.monitoring.count_records import WHAT_IF
from credit_scoring.serving.pages.decision_inputs import sources_used
from credit_scoring.serving.pages.language import no_break
from credit_scoring.settings import Settings

LENDER = "LENDER"  # in app.config
# How many characters of reasons and settings fit on the page at which size of print; measured by
# tests/pages/test_letter_print.py.
SIZES = {"normal": 380, "small": 720, "smaller": 1750}
SMALLEST = "smallest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lender:
    """The lender as the letter names it; an empty part is a blank to fill in."""

    name: str
    address: tuple[str, ...]
    contact: str
    data_sources: str
    notice: str
    contest_days: int

    @classmethod
    def of(cls, settings: Settings) -> "Lender":
        """The lender of the settings."""
        lines = (line.strip() for line in settings.lender_address.split(";"))
        return cls(
            name=settings.lender_name,
            address=tuple(line for line in lines if line),
            contact=settings.lender_contact,
            data_sources=settings.data_sources,
            notice=settings.letter_notice,
            contest_days=settings.contest_days,
        )

    @property
    def missing(self) -> list[str]:
        """The parts that are not set."""
        parts = ("name", "address", "contact", "data_sources")
        return [part for part in parts if not getattr(self, part)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The letter on one decision; `person` made it; None if it was automated."""

    stored: StoredDecision
    lender: Lender
    language: str
    reasons: list[str]
    person: Review | None
    sources: set[str]
    day: date

    @property
    def deadline(self) -> date:
        """The last day to contest the decision."""
        return self.day + timedelta(days=self.lender.contest_days)

    @property
    def missing(self) -> list[str]:
        """The settings of the lender that this letter needs."""
        unused = set() if "external" in self.sources else {"data_sources"}
        return [part for part in self.lender.missing if part not in unused]

    @property
    def size(self) -> str:
        """How large the letter is printed, so that it fits on one page."""
        lender = self.lender
        settings = (lender.name, lender.contact, lender.data_sources, lender.notice)
        length = sum(map(len, (*self.reasons, *settings, *lender.address)))
        return next((size for size, most in SIZES.items() if length <= most), SMALLEST)


def letter_on(stored: StoredDecision, lender: Lender, language: str) -> Letter:
    """The letter of today on a decision for which `why_no_letter` is None."""
    return Letter(
        stored=stored, lender=lender, language=language,
        reasons=letter_reasons(stored, language), person=_refusing_review(stored),
        sources=sources_used(stored), day=datetime.now(UTC).date(),
    )  # fmt: skip


def why_no_letter(stored: StoredDecision) -> str | None:
    """Why the applicant gets no letter, as a key of the texts; None if there is one."""
    if stored.in_force == "ACCEPTED":
        return "overridden" if stored.decision == "REFUSED" else "accepted"
    if stored.kind == WHAT_IF:
        return "what_if"
    if stored.erased_at is not None:
        return "erased"
    if "reasons" in stored.damaged or "inputs" in stored.damaged:
        return "damaged"
    return None if letter_reasons(stored, "en") else "no_reasons"


def letter_reasons(stored: StoredDecision, language: str) -> list[str]:
    """The model's principal reasons; the reviewer's words if the model had none."""
    if "reasons" in stored.damaged:
        return []
    if reasons := reason_texts(stored, language):
        return reasons
    review = _refusing_review(stored)
    return [" ".join(review.reason.split())] if review and review.reason else []


def reasons_note(stored: StoredDecision) -> str:
    """How the page introduces the reasons, as a key of the texts."""
    if stored.in_force == "ACCEPTED":
        return "overridden"
    if reason_texts(stored, "en"):
        return "letter"
    return "person" if stored.decision == "ACCEPTED" else "person_only"


def reason_texts(stored: StoredDecision, language: str) -> list[str]:
    """The principal reasons in words; those that another program damaged are left out."""
    texts = (_text_of(reason, language) for reason in stored.reasons)
    return [no_break(text) if language == "fr" else text for text in texts if text]


def _text_of(reason: dict[str, Any], language: str) -> str:
    texts = reason.get("text")
    text = texts.get(language) if isinstance(texts, dict) else None
    return text if isinstance(text, str) else ""


def _refusing_review(stored: StoredDecision) -> Review | None:
    """The review in force if it refuses: then a person made the decision."""
    review = stored.last_review
    return review if review and review.outcome == "REFUSED" else None
