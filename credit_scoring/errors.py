"""The one family of errors; each carries the HTTP status that tells a client whose fault it is."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass


class CreditScoringError(Exception):
    """Root of every error this project raises on purpose: its text names the offender and the remedy."""

    status = 500
    title = "Something went wrong"


class SettingError(CreditScoringError):
    """A setting is unknown or ill-typed: the program does not start."""

    title = "Wrong setting"


class TableError(CreditScoringError):
    """A source table is missing, unreadable or breaks its contract."""

    status = 422
    title = "Table refused"


class FeatureError(CreditScoringError):
    """The features cannot be built, or do not fit the contract."""

    status = 422
    title = "Features refused"


class BundleError(CreditScoringError):
    """A bundle is missing, damaged, tampered with or of another format."""

    status = 503
    title = "Model unusable"


class StorageError(CreditScoringError):
    """The database cannot be used now: nothing was stored. `retry_after` seconds later it may be asked again."""

    status = 503
    title = "Storage unavailable"
    retry_after = 2


class AccessError(CreditScoringError):
    """A key cannot be made or revoked as asked."""

    status = 422
    title = "Key refused"


class RegistryError(CreditScoringError):
    """The model registry cannot be reached, has not what is asked for, or a version is not to be promoted."""

    status = 503
    title = "Registry"


@dataclass(frozen=True)
class FieldError:
    """One offending field of a request: its name, what is wrong, and the value where it may be shown."""

    field: str
    message: str
    value: object = None


class RequestError(CreditScoringError):
    """A request that cannot be answered as it stands; `errors` names every offending field at once.

    `headers` go with the answer.
    """

    def __init__(
        self,
        detail: str,
        *,
        status: int = 400,
        title: str = "Bad request",
        errors: tuple[FieldError, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.errors = errors
        self.headers = headers or {}


@contextmanager
def message_on_exit() -> Iterator[None]:
    """Around an entry point: an error of ours ends the process with exit code 1 and its text, no traceback."""
    try:
        yield
    except CreditScoringError as error:
        sys.exit(f"{error.title}: {error}")
