"""The Hugging Face Hub's client, configured to log little, and the translation of its errors."""

import importlib.util
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from credit_scoring.errors import CreditScoringError, SourceError, SourceUnavailableError
from credit_scoring.model_sources.fetched_bundle import without_secrets
from credit_scoring.settings import Settings

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoSibling

HUB_SCHEME = "hf://"
DEFAULT_REVISION = "main"
ADDRESS = re.compile(
    r"hf://([A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95})(?:@([A-Za-z0-9][\w./-]{0,99}))?",
    re.ASCII,
)
EXPECTED = "expected hf://owner/name or hf://owner/name@revision"
INSTALL_HUB = "huggingface_hub is not installed: pip install -r requirements-sources.txt"
# Files of the repository that are no part of the bundle: publish makes one, the Hub the other.
README = "README.md"
REPOSITORY_FILES = (README, ".gitattributes")
REFUSALS = (401, 403)
TIMEOUT = 10  # seconds without an answer
MAX_REASON_LENGTH = 200  # characters
# The client reads these when it is imported; the environment overrides each of them.
CLIENT_DEFAULTS = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "HF_HUB_DISABLE_XET": "1",  # starts threads, for files larger than ours
}


@dataclass(frozen=True)
class HubAddress:
    """A model repository of the Hub, and a branch, tag or commit of it."""

    repository: str
    revision: str | None = None

    @classmethod
    def parse(cls, text: str) -> "HubAddress":
        """The address in a source; SourceError for any other text."""
        match = ADDRESS.fullmatch(text)
        if match is None or ".." in text:
            shown = without_secrets(text)
            raise SourceError(f"{shown} is not a model of the Hugging Face Hub: {EXPECTED}")
        return cls(match[1], match[2])

    def __str__(self) -> str:
        revision = f"@{self.revision}" if self.revision else ""
        return f"{HUB_SCHEME}{self.repository}{revision}"


def connect(settings: Settings) -> "HfApi":
    """A client of the Hub; SourceError if its library is not installed."""
    if importlib.util.find_spec("huggingface_hub") is None:
        raise SourceError(INSTALL_HUB)
    for name, value in CLIENT_DEFAULTS.items():
        os.environ.setdefault(name, value)
    from huggingface_hub import HfApi

    # False: no token; None would use a token that a login stored on this machine.
    return HfApi(endpoint=settings.hf_endpoint, token=settings.hf_token or False)


@contextmanager
def translate_hub_errors(address: HubAddress, settings: Settings) -> Iterator[None]:
    """SourceError if the Hub refuses, SourceUnavailableError if it fails inside the block."""
    from huggingface_hub import errors

    try:
        yield
    except CreditScoringError:
        raise
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError) as error:
        remedy = "check its name, the revision, and HF_TOKEN if it is private"
        raise SourceError(f"{address} does not exist or may not be read: {remedy}") from error
    except Exception as error:
        if _status(error) in REFUSALS:
            remedy = "give it access to the repository"
            raise SourceError(f"{address}: HF_TOKEN does not have the right: {remedy}") from error
        reason = _reason(error, settings)
        raise SourceUnavailableError(
            f"{address}: {settings.hf_endpoint} does not answer as expected ({reason}): "
            "try again, or check HF_ENDPOINT and HF_TOKEN"
        ) from error


def _status(error: Exception) -> int | None:
    """The HTTP status of the Hub's answer, if there is one."""
    return getattr(getattr(error, "response", None), "status_code", None)


def _reason(error: Exception, settings: Settings) -> str:
    """The first line of an error, without the token and without a signed query."""
    text = f"{type(error).__name__}: {error}".splitlines()[0]
    text = re.sub(r"\?\S*", "", text)
    if settings.hf_token:
        text = text.replace(settings.hf_token, "…")
    return text[:MAX_REASON_LENGTH]


def list_files(api: "HfApi", address: HubAddress) -> tuple[str, dict[str, "RepoSibling"]]:
    """The commit of the address, and the files of a bundle in it by name."""
    info = api.model_info(
        address.repository,
        revision=address.revision or DEFAULT_REVISION,
        files_metadata=True,
        timeout=TIMEOUT,
    )
    siblings = {file.rfilename: file for file in info.siblings or []}
    return str(info.sha), siblings
