"""Definitions of the settings of monitoring."""

# ruff: noqa: RUF009 - `setting_field` returns a dataclass field

from dataclasses import dataclass
from pathlib import Path

from credit_scoring.settings.parsers import FILE_OR_NONE, WEBHOOK_SECRET, WEBHOOK_URL, whole_number
from credit_scoring.settings.setting import setting_field


@dataclass(frozen=True, kw_only=True)
class MonitoringSettings:
    """The values of the settings of monitoring."""

    monitoring_seconds: int = setting_field(
        "CREDIT_SCORING_MONITORING_SECONDS",
        "60",
        whole_number(0, 86_400),
        "Seconds between two counts of new decisions by a worker, which then evaluates the alarms "
        "and shows them in /metrics (docs/monitoring.md). 0: never; run python model.py monitor.",
    )
    alarm_rules: Path | None = setting_field(
        "CREDIT_SCORING_ALARM_RULES",
        "",
        FILE_OR_NONE,
        "TOML file with alarm rules that change the shipped ones or add to them "
        "(docs/monitoring.md).",
    )
    webhook_url: str = setting_field(
        "CREDIT_SCORING_WEBHOOK_URL",
        "",
        WEBHOOK_URL,
        "Receiver of a signed POST when an alarm goes on or off. Empty: none.",
        is_secret=True,  # an address may contain a token
    )
    webhook_secret: bytes = setting_field(
        "CREDIT_SCORING_WEBHOOK_SECRET",
        "",
        WEBHOOK_SECRET,
        "Secret that signs the webhook's requests (Standard Webhooks); the receiver needs the same "
        "one. Make one with openssl rand -base64 32, and put whsec_ in front.",
        is_secret=True,
    )
