"""The project's exceptions. Each carries the HTTP status that a client gets."""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

INSTALL_WEB = "make run, or pip install -r requirements.txt"
OPENMP = (
    "Install it: apt-get install libgomp1 (Debian, Ubuntu), dnf install libgomp (Fedora, Red Hat), "
    "brew install libomp (macOS)"
)
OWN_MODULES = ("credit_scoring", "custom_threshold_model", "app")


class CreditScoringError(Exception):
    """Base class of all deliberate errors; the text names the offender and the remedy."""

    status = 500
    title = "Something went wrong"


class SettingError(CreditScoringError):
    """A setting or option is unknown or has an invalid value: the program does not start."""

    title = "Wrong setting"


class TableError(CreditScoringError):
    """A source table is missing, unreadable or violates its contract."""

    status = 422
    title = "Table refused"


class FeatureError(CreditScoringError):
    """Features cannot be built, or violate their contract."""

    status = 422
    title = "Features refused"


class BundleError(CreditScoringError):
    """A bundle is missing, damaged, tampered with or of another format."""

    status = 503
    title = "Model unusable"


class ModelRefusedError(BundleError):
    """A bundle that was to be deployed cannot be served; the model in use stays."""

    status = 422
    title = "Model refused"


class ModelStoreError(BundleError):
    """The model store cannot be written, so no model can be deployed."""

    status = 501
    title = "No model store"


class UnknownVersionError(CreditScoringError):
    """The model store has no such version."""

    status = 404
    title = "No such version"


class DeploymentConflictError(CreditScoringError):
    """Another deployment was made first."""

    status = 409
    title = "Deployment conflict"


class StorageError(CreditScoringError):
    """The database is not available and nothing was stored; retry after `retry_after` seconds."""

    status = 503
    title = "Storage unavailable"
    retry_after = 2


class AccessError(CreditScoringError):
    """An API key cannot be created or revoked."""

    status = 422
    title = "Key refused"


class RegistryError(CreditScoringError):
    """The model registry cannot be reached, or a version does not exist or is not promoted."""

    status = 503
    title = "Registry"


class RegistryUnavailableError(RegistryError):
    """The model registry cannot be reached, or does not answer as expected."""


class SourceError(CreditScoringError):
    """A model's source is not allowed, does not exist or holds no bundle."""

    status = 422
    title = "Model source refused"


class SourceUnavailableError(SourceError):
    """A model's source cannot be reached, or does not answer as expected; it may later."""

    status = 503
    title = "Model source unavailable"
    retry_after = 30


@dataclass(frozen=True)
class FieldError:
    """An invalid field of a request: its name, the problem, and its value if that may be shown."""

    field: str
    message: str
    value: object = None


class RequestError(CreditScoringError):
    """A request that cannot be answered; `errors` names every invalid field.

    `headers` are added to the response.
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
def message_on_exit(install: str = INSTALL_WEB) -> Iterator[None]:
    """Wrap an entry point: exit with 1 and a message, no traceback.

    For a CreditScoringError the message is its text; for a library that is not installed, the
    remedy, `install` included.
    """
    try:
        yield
    except CreditScoringError as error:
        sys.exit(f"{error.title}: {error}")
    except (ModuleNotFoundError, OSError) as error:
        message = _missing_library_message(error, install)
        if message is None:
            raise
        sys.exit(message)


def _missing_library_message(error: ModuleNotFoundError | OSError, install: str) -> str | None:
    """What is not installed and the remedy, a line each; None if `error` is something else."""
    if isinstance(error, OSError):
        library = re.search(r"lib[gi]?omp\b[\w.]*", str(error))
        return (
            f"LightGBM needs {library[0]}, which is not installed.\n{OPENMP}" if library else None
        )
    if str(error.name).partition(".")[0] in OWN_MODULES:
        return None
    return (
        f"{error.name} is not installed for {sys.executable}.\n"
        f"Run: source .venv/bin/activate. If {error.name} is missing there, too: {install}"
    )
