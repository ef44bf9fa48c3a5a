"""Definitions of the settings of the letter to refused applicants."""

from dataclasses import dataclass

from credit_scoring.settings.parsers import letter_text, whole_number
from credit_scoring.settings.setting import setting_field


@dataclass(frozen=True, kw_only=True)
class LenderSettings:
    """What the letter says about the lender. A part that is missing is a blank to fill in."""

    lender_name: str = setting_field(
        "CREDIT_SCORING_LENDER_NAME",
        "",
        letter_text(100),
        "Name of the lender, for the letter to a refused applicant (docs/pages.md).",
    )
    lender_address: str = setting_field(
        "CREDIT_SCORING_LENDER_ADDRESS",
        "",
        letter_text(200),
        "Postal address of the lender; a semicolon begins a new line.",
    )
    lender_contact: str = setting_field(
        "CREDIT_SCORING_LENDER_CONTACT",
        "",
        letter_text(200),
        "Where an applicant asks for a person or contests a decision: a telephone number, an "
        "e-mail address, a department.",
    )
    data_sources: str = setting_field(
        "CREDIT_SCORING_DATA_SOURCES",
        "",
        letter_text(300),
        "Names and addresses of the outside sources of applicants' data, such as credit bureaus, "
        "for the letter.",
    )
    letter_notice: str = setting_field(
        "CREDIT_SCORING_LETTER_NOTICE",
        "",
        letter_text(600),
        "A notice that your law requires in the letter, such as the ombudsman or the supervisory "
        "authority. Empty: none.",
    )
    contest_days: int = setting_field(
        "CREDIT_SCORING_CONTEST_DAYS",
        "60",
        whole_number(1, 365),
        "Days after the date of the letter within which the applicant may contest the decision.",
    )
