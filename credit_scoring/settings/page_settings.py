"""Definitions of the settings of the pages for people."""

from dataclasses import dataclass

from credit_scoring.settings.parsers import ORIGINS, whole_number
from credit_scoring.settings.setting import setting_field


@dataclass(frozen=True, kw_only=True)
class PageSettings:
    """The values of the settings of the pages."""

    session_hours: int = setting_field(
        "CREDIT_SCORING_SESSION_HOURS",
        "12",
        whole_number(1, 720),
        "Hours after which a visitor of the pages has to sign in again (docs/pages.md).",
    )
    frame_ancestors: tuple[str, ...] = setting_field(
        "CREDIT_SCORING_FRAME_ANCESTORS",
        "",
        ORIGINS,
        "Origins whose pages may show the app in a frame, such as https://huggingface.co for a "
        "Space. Empty: none.",
    )
