"""What a deployment may set, as rows of data: each from an environment variable, read once at the start.

`python -m credit_scoring.settings` prints docs/settings.md.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from credit_scoring.errors import SettingError, nearest

PREFIX = "CREDIT_SCORING_"
CACHE = "~/.cache/credit-scoring"
DATABASE = "sqlite:///data/credit-scoring.db"
SYNCHRONOUS = ("NORMAL", "FULL")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


@dataclass(frozen=True)
class Setting:
    """One row: the variable, the text it has when unset, what is expected of it, what it does.

    `read` turns the text into the value, and raises ValueError where it is not what is expected. Variables that
    hosting platforms set have the platforms' names; all others begin with `PREFIX`.
    """

    variable: str
    default: str
    expected: str
    read: Callable[[str], Any]
    help: str

    @property
    def name(self) -> str:
        """The attribute of `Settings`."""
        return self.variable.removeprefix(PREFIX).lower()

    def value(self, environ: Mapping[str, str]) -> Any:
        """Its value in `environ`; SettingError names variable, text and remedy. An empty text is unset."""
        text = environ.get(self.variable, "").strip() or self.default
        try:
            return self.read(text)
        except ValueError as error:
            raise SettingError(f'{self.variable} is "{text}": expected {self.expected}') from error


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
    log_level: str
    allowed_attributes: tuple[str, ...]
    cache_path: Path | None
    tracking: bool
    mlflow_tracking_uri: str
    spool_path: Path
    database_url: str
    sqlite_synchronous: str


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and low <= int(text[:20]) <= high):
            raise ValueError(text)
        return int(text)

    return read


def _one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        return words[words.index(text.upper())]

    return read


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _folder_or_off(text: str) -> Path | None:
    """The folder; None for "off", and where the user has no home to keep anything in."""
    if text.lower() == "off":
        return None
    shared = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if text == CACHE and shared.is_absolute():
        return shared / "credit-scoring"
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return None


def _on_or_off(text: str) -> bool:
    return ("off", "on").index(text.lower()) == 1


def _host(text: str) -> str:
    if not all(c.isascii() and (c.isalnum() or c in ".:-_") for c in text):
        raise ValueError(text)
    return text


SETTINGS = (
    Setting(
        "HOST", "127.0.0.1", "an address or host name of this machine", _host,
        "Address to listen on. The default is reached from this machine only; 0.0.0.0 is reached from outside.",
    ),
    Setting("PORT", "8000", "a whole number from 1 to 65535", _whole(1, 65535), "Port to listen on."),
    Setting(
        "WEB_CONCURRENCY", "2", "a whole number from 1 to 256", _whole(1, 256),
        "Worker processes of the web server. They share the model's memory, loaded once before they are forked.",
    ),
    Setting(
        f"{PREFIX}MODEL_PATH", "models/latest", "a folder", Path,
        "Folder of the bundle to serve: model.pkl and model.json.",
    ),
    Setting(
        f"{PREFIX}MAX_BODY_BYTES", "1048576", "a whole number from 1024 to 1073741824", _whole(1 << 10, 1 << 30),
        "Largest request body in bytes; a larger one is answered 413.",
    ),
    Setting(
        f"{PREFIX}MAX_BATCH_BYTES", "16777216", "a whole number from 1024 to 1073741824", _whole(1 << 10, 1 << 30),
        "The same for a batch of applicants.",
    ),
    Setting(
        f"{PREFIX}MAX_BATCH_SIZE", "1000", "a whole number from 1 to 100000", _whole(1, 100_000),
        "Most applicants in a batch; more are answered 422.",
    ),
    Setting(
        f"{PREFIX}MAX_NESTING", "16", "a whole number from 4 to 100", _whole(4, 100),
        "Most objects and lists within one another in a request; more are answered 400.",
    ),
    Setting(
        f"{PREFIX}LOG_LEVEL", "INFO", f"one of {', '.join(LOG_LEVELS)}", _one_of(LOG_LEVELS),
        "Least severe messages that are logged. INFO has a line per request, without any applicant's data.",
    ),
    Setting(
        f"{PREFIX}ALLOWED_ATTRIBUTES", "", "names separated by commas", _names,
        "When training: prohibited or restricted attributes let into the model, such as CODE_GENDER, separated by "
        "commas. The bundle says so. Ask a lawyer first.",
    ),
    Setting(
        f"{PREFIX}CACHE_PATH", CACHE, "a folder, or off", _folder_or_off,
        "Folder where tables read from CSV or a zip are kept as Parquet, to be read faster next time; off keeps "
        "nothing. Where XDG_CACHE_HOME is set, the default is credit-scoring in that folder.",
    ),
    Setting(
        f"{PREFIX}TRACKING", "on", "on or off", _on_or_off,
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
        f"{PREFIX}SQLITE_SYNCHRONOUS", "NORMAL", f"one of {', '.join(SYNCHRONOUS)}", _one_of(SYNCHRONOUS),
        "What an answered decision survives in SQLite. NORMAL: every killed process; a power cut or a crash of the "
        "operating system may take the last decisions, never older ones. FULL: these too, as far as the disk keeps "
        "what it says it has written. PostgreSQL has its own setting, synchronous_commit.",
    ),
)  # fmt: skip


def load_settings(environ: Mapping[str, str]) -> Settings:
    """The settings in `environ`; SettingError on an unknown variable of ours or an ill-typed value."""
    known = [setting.variable for setting in SETTINGS]
    for variable in environ:
        if variable.startswith(PREFIX) and variable not in known:
            raise SettingError(f"{variable} is no setting{_hint(variable, known)}: see docs/settings.md")
    return Settings(**{setting.name: setting.value(environ) for setting in SETTINGS})


def _hint(variable: str, known: list[str]) -> str:
    bare = variable.removeprefix(PREFIX)
    return f" (did you mean {bare}?)" if bare in known else nearest(variable, known)


def markdown() -> str:
    """The text of docs/settings.md."""
    rows = [f"| `{s.variable}` | {f'`{s.default}`' if s.default else ''} | {s.expected} | {s.help} |" for s in SETTINGS]
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
