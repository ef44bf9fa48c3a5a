"""What a deployment may set, as rows of data: each from an environment variable, read once at the start.

`python -m credit_scoring.settings` prints docs/settings.md.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from credit_scoring.errors import SettingError
from credit_scoring.settings import parsers as kinds
from credit_scoring.settings.parsers import CACHE, PERIODS, Rate
from credit_scoring.suggestions import did_you_mean

PREFIX = "CREDIT_SCORING_"
DATABASE = "sqlite:///data/credit-scoring.db"
SYNCHRONOUS = ("NORMAL", "FULL")
LOG_FORMATS = ("auto", "json", "console")
METRICS = ("admin", "public", "off")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


@dataclass(frozen=True)
class Setting:
    """One row: the variable, the text it has when unset, what is expected of it, what it does.

    `read` turns the text into the value (setting_types.py). Variables that hosting platforms set have the
    platforms' names; all others begin with `PREFIX`.
    """

    variable: str
    default: str
    expected: str
    read: Callable[[str], Any]
    help: str
    secret: bool = False  # its text is repeated in no message

    @property
    def name(self) -> str:
        """The attribute of `Settings`."""
        return self.variable.removeprefix(PREFIX).lower()

    def value(self, environ: Mapping[str, str]) -> Any:
        """Its value in `environ`; SettingError names variable, text and remedy. An empty text is unset."""
        text = environ.get(self.variable, "").strip() or self.default
        try:
            return self.read(text)
        except (ValueError, KeyError) as error:
            found = "not usable" if self.secret else f'"{text}"'
            raise SettingError(f"{self.variable} is {found}: expected {self.expected}") from error


@dataclass(frozen=True)
class Settings:
    """The settings' values; `SETTINGS` says what each means."""

    host: str
    port: int
    web_concurrency: int
    model_path: Path
    max_body_bytes: int
    max_batch_bytes: int
    max_batch_size: int
    max_nesting: int
    max_raw_records: int
    applicants_path: Path | None
    log_level: str
    log_format: str
    api_key: str = field(repr=False)
    rate_limit: Rate | None
    trusted_proxies: int
    hsts_seconds: int
    allowed_origins: tuple[str, ...]
    metrics: str
    allowed_attributes: tuple[str, ...]
    cache_path: Path | None
    tracking: bool
    mlflow_tracking_uri: str = field(repr=False)  # it may hold a password
    spool_path: Path
    database_url: str = field(repr=False)  # it may hold a password
    sqlite_synchronous: str


SETTINGS = (
    Setting(
        "HOST", "127.0.0.1", "an address or host name of this machine", kinds.host,
        "Address to listen on. The default is reached from this machine only; 0.0.0.0 is reached from outside.",
    ),
    Setting("PORT", "8000", "a whole number from 1 to 65535", kinds.whole(1, 65535), "Port to listen on."),
    Setting(
        "WEB_CONCURRENCY", "2", "a whole number from 1 to 256", kinds.whole(1, 256),
        "Worker processes of the web server. They share the model's memory, loaded once before they are forked.",
    ),
    Setting(
        f"{PREFIX}MODEL_PATH", "models/latest", "a folder", Path,
        "Folder of the bundle to serve: model.pkl and model.json.",
    ),
    Setting(
        f"{PREFIX}MAX_BODY_BYTES", "1048576", "a whole number from 1024 to 1073741824", kinds.whole(1 << 10, 1 << 30),
        "Largest request body in bytes; a larger one is answered 413.",
    ),
    Setting(
        f"{PREFIX}MAX_BATCH_BYTES", "16777216", "a whole number from 1024 to 1073741824", kinds.whole(1 << 10, 1 << 30),
        "The same for a batch of applicants.",
    ),
    Setting(
        f"{PREFIX}MAX_BATCH_SIZE", "1000", "a whole number from 1 to 100000", kinds.whole(1, 100_000),
        "Most applicants in a batch; more are answered 422.",
    ),
    Setting(
        f"{PREFIX}MAX_NESTING", "16", "a whole number from 4 to 100", kinds.whole(4, 100),
        "Most objects and lists within one another in a request; more are answered 400.",
    ),
    Setting(
        f"{PREFIX}MAX_RAW_RECORDS", "10000", "a whole number from 1 to 1000000", kinds.whole(1, 1_000_000),
        "Most records of source tables in a request that brings raw records; more are answered 422.",
    ),
    Setting(
        f"{PREFIX}APPLICANTS_PATH", "", "a file", kinds.path_or_none,
        "Store of applicants' features for /applicants, which python model.py applicants makes. It may be exchanged "
        "while the app runs.",
    ),
    Setting(
        f"{PREFIX}LOG_LEVEL", "INFO", f"one of {', '.join(LOG_LEVELS)}", kinds.one_of(LOG_LEVELS),
        "Least severe messages that are logged. INFO has a line per request, without any applicant's data.",
    ),
    Setting(
        f"{PREFIX}LOG_FORMAT", "auto", f"one of {', '.join(LOG_FORMATS)}", kinds.one_of(LOG_FORMATS),
        "json: a JSON object a line, for programs; console: lines for people; auto: console where the log goes to a "
        "terminal, else json.",
    ),
    Setting(
        f"{PREFIX}API_KEY", "", "32 to 200 visible characters", kinds.key,
        "A key with every scope that needs no database, beside those that python model.py keys makes. As soon as "
        "there is a key, the API asks for one.", secret=True,
    ),
    Setting(
        f"{PREFIX}RATE_LIMIT", "off", f"off, or a number and a period such as 600/minute ({', '.join(PERIODS)})",
        kinds.rate_or_off,
        "Requests that one key, or one address where keys are off, may make; more are answered 429. One count for "
        "all workers of a machine.",
    ),
    Setting(
        f"{PREFIX}TRUSTED_PROXIES", "0", "a whole number from 0 to 10", kinds.whole(0, 10),
        "Proxies in front, each of which appends to X-Forwarded-For and X-Forwarded-Proto: the client's address and "
        "scheme are read there. Heroku: 1. More than there are lets clients lie about their address.",
    ),
    Setting(
        f"{PREFIX}HSTS_SECONDS", "0", "a whole number from 0 to 63072000", kinds.whole(0, 63_072_000),
        "Behind TLS: how long browsers shall use nothing else (Strict-Transport-Security, answers over HTTPS only); "
        "0 says nothing.",
    ),
    Setting(
        f"{PREFIX}ALLOWED_ORIGINS", "", "origins such as https://app.example.org, separated by commas", kinds.origins,
        "Origins whose pages may call the API from a browser (CORS). None, if empty.",
    ),
    Setting(
        f"{PREFIX}METRICS", "admin", f"one of {', '.join(METRICS)}", kinds.one_of(METRICS),
        "Who may read /metrics, once keys are asked for: whoever has an admin key, or everybody (public); off: the "
        "route is not there.",
    ),
    Setting(
        f"{PREFIX}ALLOWED_ATTRIBUTES", "", "names separated by commas", kinds.names,
        "When training: prohibited or restricted attributes let into the model, such as CODE_GENDER, separated by "
        "commas. The bundle says so. Ask a lawyer first.",
    ),
    Setting(
        f"{PREFIX}CACHE_PATH", CACHE, "a folder, or off", kinds.folder_or_off,
        "Folder where tables read from CSV or a zip are kept as Parquet, to be read faster next time; off keeps "
        "nothing. Where XDG_CACHE_HOME is set, the default is credit-scoring in that folder.",
    ),
    Setting(
        f"{PREFIX}TRACKING", "on", "on or off", kinds.on_or_off,
        "Whether runs of train, compare, select, tune and the like are remembered by MLflow, where it is installed.",
    ),
    Setting(
        "MLFLOW_TRACKING_URI", "sqlite:///mlflow.db", "an address that MLflow understands", str,
        "Tracking server or database, and model registry.",
    ),
    Setting(
        f"{PREFIX}SPOOL_PATH", "mlflow-spool", "a folder", Path,
        "Folder where runs wait that the tracking server did not take; python model.py track --send sends them.",
    ),
    Setting(
        "DATABASE_URL", DATABASE, "sqlite:///file or postgresql://user:password@host/name", str,
        "Database of the decision log. SQLite serves one machine; its file and folder are made at the first start. "
        "PostgreSQL (postgres:// is the same) is brought up to date by python model.py migrate.",
    ),
    Setting(
        f"{PREFIX}SQLITE_SYNCHRONOUS", "NORMAL", f"one of {', '.join(SYNCHRONOUS)}", kinds.one_of(SYNCHRONOUS),
        "What an answered decision survives in SQLite. NORMAL: every killed process; a power cut or a crash of the "
        "operating system may take the last decisions, never older ones. FULL: these too, as far as the disk keeps "
        "what it says it has written. PostgreSQL has its own setting, synchronous_commit.",
    ),
)  # fmt: skip


def load_settings(environ: Mapping[str, str]) -> Settings:
    """The settings in `environ`; SettingError lists every unknown variable of ours and every ill-typed value."""
    values, wrong = {}, list(_unknown(environ))
    for setting in SETTINGS:
        try:
            values[setting.name] = setting.value(environ)
        except SettingError as error:
            wrong.append(str(error))
    if wrong:
        raise SettingError("\n".join(wrong))
    return Settings(**values)


def _unknown(environ: Mapping[str, str]) -> Iterator[str]:
    known = {setting.variable.removeprefix(PREFIX): setting.variable for setting in SETTINGS}
    for variable in environ:
        bare = variable.removeprefix(PREFIX)
        if bare != variable and known.get(bare) != variable:
            hint = did_you_mean(bare, known, labels=known)
            yield f"{variable} is no setting{hint}: correct or unset it, docs/settings.md has all"


def markdown() -> str:
    """The text of docs/settings.md."""
    rows = [
        f"| `{s.variable}` | {f'`{s.default}`' if s.default else ''} | {s.expected} | {s.help} |"
        for s in SETTINGS
    ]
    return "\n".join(
        [
            "# Settings",
            "",
            "Environment variables, read once at the start. One that begins with `CREDIT_SCORING_` and is not in this",
            "table, or a value other than expected, stops the start with a message that says how to mend it.",
            "",
            "| variable | default | expected | what it does |",
            "|---|---|---|---|",
            *rows,
            "",
            "This page is made by `python -m credit_scoring.settings > docs/settings.md`; a test holds it to the code.",
            "",
        ]
    )


if __name__ == "__main__":
    print(markdown(), end="")  # noqa: T201
