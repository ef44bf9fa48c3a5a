"""Definitions of the settings of the database."""

from dataclasses import dataclass

from credit_scoring.settings.parsers import DATABASE_URL, one_of, whole_number_or_auto
from credit_scoring.settings.setting import setting_field


@dataclass(frozen=True, kw_only=True)
class DatabaseSettings:
    """The values of the settings of the database."""

    database_url: str = setting_field(
        "DATABASE_URL",
        "sqlite:///instance/credit-scoring.db",
        DATABASE_URL,
        "Database of the decision log. SQLite serves one machine; its file and folder are created "
        "at the first start. PostgreSQL (postgres:// is accepted too) is migrated by python "
        "model.py migrate.",
        is_secret=True,  # may contain a password
    )
    sqlite_synchronous: str = setting_field(
        "CREDIT_SCORING_SQLITE_SYNCHRONOUS",
        "NORMAL",
        one_of("NORMAL", "FULL"),
        "What an answered decision survives in SQLite. NORMAL: a killed process; a power cut or "
        "a crash of the operating system may lose the last decisions, never older ones. FULL: "
        "these too, if the disk keeps what it reports as written. PostgreSQL has its own setting, "
        "synchronous_commit.",
    )
    database_connections: int | None = setting_field(
        "CREDIT_SCORING_DATABASE_CONNECTIONS",
        "auto",
        whole_number_or_auto(1, 128),
        "Connections to PostgreSQL that each worker may open. auto: as many as fit a plan of 20 "
        "connections while the service is replaced by a new version, at most 4; more than 8 "
        "workers open one each and close it after use (docs/deployment.md).",
    )
