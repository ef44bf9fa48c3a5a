"""Definitions of the settings: for each the variable, default, accepted texts and meaning."""

# ruff: noqa: RUF009 - `setting_field` returns a dataclass field

from dataclasses import dataclass, fields
from pathlib import Path

from credit_scoring.settings.database_settings import DatabaseSettings
from credit_scoring.settings.lender_settings import LenderSettings
from credit_scoring.settings.monitoring_settings import MonitoringSettings
from credit_scoring.settings.page_settings import PageSettings
from credit_scoring.settings.parsers import (
    API_KEY,
    CACHE_FOLDER,
    DEFAULT_CACHE,
    FILE_OR_NONE,
    FOLDER,
    MODEL_HOSTS,
    MODEL_SOURCE,
    NAMES,
    ORIGIN,
    ORIGINS,
    PUBLIC_KEYS,
    RATE,
    SIGNING_KEY,
    SWITCH,
    TOKEN,
    TRACKING_URI,
    Rate,
    one_of,
    whole_number,
)
from credit_scoring.settings.server_settings import ServerSettings
from credit_scoring.settings.setting import Setting, setting_field

BODY_SIZE = whole_number(1 << 10, 1 << 30)  # bytes


@dataclass(frozen=True, kw_only=True)
class Settings(PageSettings, LenderSettings, MonitoringSettings, DatabaseSettings, ServerSettings):
    """The values of all settings."""

    model_path: Path = setting_field(
        "CREDIT_SCORING_MODEL_PATH",
        "models/latest",
        FOLDER,
        "Folder of the bundle to serve: model.pkl and model.json.",
    )
    model_source: str = setting_field(
        "CREDIT_SCORING_MODEL_SOURCE",
        "",
        MODEL_SOURCE,
        "Where the model to serve is fetched from at the start (docs/model-sources.md). Empty: the "
        "folder CREDIT_SCORING_MODEL_PATH.",
        is_secret=True,  # an address may contain a token
    )
    challenger: str = setting_field(
        "CREDIT_SCORING_CHALLENGER",
        "",
        MODEL_SOURCE,
        "Source of a second model that scores every decision in the background; answers do not "
        "change (docs/champion-challenger.md). Empty: none.",
        is_secret=True,  # an address may contain a token
    )
    model_store: Path = setting_field(
        "CREDIT_SCORING_MODEL_STORE",
        "instance/models",
        FOLDER,
        "Folder in which the service keeps verified models: the one in use and those before it, "
        "for restarts, new workers and rollbacks. Models can be swapped only if the service can "
        "write to it.",
    )
    model_hosts: tuple[str, ...] = setting_field(
        "CREDIT_SCORING_MODEL_HOSTS",
        "",
        MODEL_HOSTS,
        "Hosts that a model may be fetched from by https://. Empty: none.",
    )
    public_key: tuple[bytes, ...] = setting_field(
        "CREDIT_SCORING_PUBLIC_KEY",
        "",
        PUBLIC_KEYS,
        "Public keys made by python model.py signing-key create. If one is set, only bundles "
        "signed by one of them are used; set two while a key is replaced.",
        is_secret=True,  # a private key that is put here by mistake is not shown
    )
    signing_key: bytes | None = setting_field(
        "CREDIT_SCORING_SIGNING_KEY",
        "",
        SIGNING_KEY,
        "Private key for python model.py sign, instead of a file. The service does not need it.",
        is_secret=True,
    )
    hf_token: str = setting_field(
        "HF_TOKEN",
        "",
        TOKEN,
        "Access token for hf:// sources of the Hugging Face Hub; public models need none.",
        is_secret=True,
    )
    hf_endpoint: str = setting_field(
        "HF_ENDPOINT",
        "https://huggingface.co",
        ORIGIN,
        "Address of the Hugging Face Hub, or of a mirror.",
    )
    max_body_bytes: int = setting_field(
        "CREDIT_SCORING_MAX_BODY_BYTES",
        "1048576",
        BODY_SIZE,
        "Maximum size of a request body in bytes; a larger body gets status 413.",
    )
    max_batch_bytes: int = setting_field(
        "CREDIT_SCORING_MAX_BATCH_BYTES",
        "16777216",
        BODY_SIZE,
        "The same for a batch of applicants.",
    )
    max_batch_size: int = setting_field(
        "CREDIT_SCORING_MAX_BATCH_SIZE",
        "1000",
        whole_number(1, 100_000),
        "Maximum number of applicants in a batch; a larger batch gets status 422.",
    )
    max_nesting: int = setting_field(
        "CREDIT_SCORING_MAX_NESTING",
        "16",
        whole_number(4, 100),
        "Maximum depth of nested objects and lists in a request; a deeper one gets status 400.",
    )
    max_raw_records: int = setting_field(
        "CREDIT_SCORING_MAX_RAW_RECORDS",
        "10000",
        whole_number(1, 1_000_000),
        "Maximum number of source-table records in a request with raw records; more get "
        "status 422.",
    )
    applicants_path: Path | None = setting_field(
        "CREDIT_SCORING_APPLICANTS_PATH",
        "",
        FILE_OR_NONE,
        "Store of applicants' features for /applicants, written by python model.py applicants. "
        "The file may be replaced while the app runs.",
    )
    log_level: str = setting_field(
        "CREDIT_SCORING_LOG_LEVEL",
        "INFO",
        one_of("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
        "Lowest severity that is logged. INFO logs one line per request, without applicants' data.",
    )
    log_format: str = setting_field(
        "CREDIT_SCORING_LOG_FORMAT",
        "auto",
        one_of("auto", "json", "console"),
        "json: one JSON object per line, for programs; console: lines for people; auto: console "
        "if the log goes to a terminal, else json.",
    )
    api_key: str = setting_field(
        "CREDIT_SCORING_API_KEY",
        "",
        API_KEY,
        "A key with every scope that needs no database, in addition to the keys of python "
        "model.py keys. The API requires a key as soon as one exists.",
        is_secret=True,
    )
    keys: str = setting_field(
        "CREDIT_SCORING_KEYS",
        "auto",
        one_of("auto", "on", "off"),
        "Whether the API requires a key before the first one exists, for example after the "
        "database was lost. auto: yes, if the service listens on an address other than loopback "
        "or runs on a hosting platform; on: yes; off: no, anyone who reaches it may use it.",
    )
    rate_limit: Rate | None = setting_field(
        "CREDIT_SCORING_RATE_LIMIT",
        "off",
        RATE,
        "Maximum rate of requests per key, or per address if keys are off; more get status 429. "
        "All workers of a machine share the count.",
    )
    trusted_proxies: int = setting_field(
        "CREDIT_SCORING_TRUSTED_PROXIES",
        "0",
        whole_number(0, 10),
        "Number of proxies in front of the app that append to X-Forwarded-For, X-Forwarded-Proto "
        "and X-Forwarded-Prefix, from which the client's address, the scheme and the path of the "
        "app are read. Heroku: 1. If the number is too high, clients can forge their address.",
    )
    hsts_seconds: int = setting_field(
        "CREDIT_SCORING_HSTS_SECONDS",
        "0",
        whole_number(0, 63_072_000),
        "With TLS: how long browsers use only HTTPS (Strict-Transport-Security, sent over HTTPS "
        "only); 0 sends no such header.",
    )
    allowed_origins: tuple[str, ...] = setting_field(
        "CREDIT_SCORING_ALLOWED_ORIGINS",
        "",
        ORIGINS,
        "Origins whose pages may call the API from a browser (CORS). Empty: none.",
    )
    metrics: str = setting_field(
        "CREDIT_SCORING_METRICS",
        "admin",
        one_of("admin", "public", "off"),
        "Who may read /metrics when keys are required: clients with an admin key (admin) or "
        "everybody (public); off: the route does not exist.",
    )
    allowed_attributes: tuple[str, ...] = setting_field(
        "CREDIT_SCORING_ALLOWED_ATTRIBUTES",
        "",
        NAMES,
        "For training: prohibited or restricted attributes that the model may use, such as "
        "CODE_GENDER. The bundle records them. Ask a lawyer first.",
    )
    cache_path: Path | None = setting_field(
        "CREDIT_SCORING_CACHE_PATH",
        DEFAULT_CACHE,
        CACHE_FOLDER,
        "Folder for Parquet copies of tables read from CSV or a zip, so that they are read faster "
        "the next time; off: no copies. If XDG_CACHE_HOME is set, the default is credit-scoring "
        "in that folder.",
    )
    tracking: bool = setting_field(
        "CREDIT_SCORING_TRACKING",
        "on",
        SWITCH,
        "Whether MLflow, if installed, records the runs of train, compare, select, tune and "
        "similar commands.",
    )
    mlflow_tracking_uri: str = setting_field(
        "MLFLOW_TRACKING_URI",
        "sqlite:///mlflow.db",
        TRACKING_URI,
        "Tracking server or database, and model registry.",
        is_secret=True,  # may contain a password
    )
    spool_path: Path = setting_field(
        "CREDIT_SCORING_SPOOL_PATH",
        "mlflow-spool",
        FOLDER,
        "Folder for runs that the tracking server did not accept; python model.py track --send "
        "sends them.",
    )


LAST_SETTINGS = (  # the very last ones first
    MonitoringSettings,
    LenderSettings,
    PageSettings,
    DatabaseSettings,
)
SETTINGS: dict[str, Setting] = {
    settings_field.name: settings_field.metadata["setting"]
    for settings_field in sorted(
        fields(Settings), key=lambda field: [field in fields(part) for part in LAST_SETTINGS]
    )
}
