"""The competition's files, fetched by Kaggle's own client, which is asked for only here."""

import errno
import importlib
import zipfile
from pathlib import Path
from typing import Any

from credit_scoring.errors import TableError
from credit_scoring.tables.source_files import ARCHIVE
from credit_scoring.tables.table_errors import first_line

COMPETITION = "home-credit-default-risk"
PAGE = f"https://www.kaggle.com/competitions/{COMPETITION}"
NO_CLIENT = "Kaggle's client is not installed ({said}): pip install -r requirements-download.txt"
NO_ACCOUNT = (
    "Kaggle does not know who you are: make an account, then a token at https://www.kaggle.com/settings/api, and set "
    "KAGGLE_API_TOKEN to it, or save it as ~/.kaggle/access_token"
)
REFUSED = {
    401: NO_ACCOUNT,
    403: f"Kaggle refuses the files: read and accept the rules of the competition at {PAGE}/rules, then run this again",
    404: f"Kaggle no longer has the competition {COMPETITION}: see {PAGE}",
    429: "Kaggle has had too many requests from you: wait some minutes, then run this again",
}
DISK = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS}
OFFLINE = "Kaggle cannot be reached ({said}): check the connection, or download the zip in a browser at {page}/data"


def download(out: Path) -> Path:
    """Fetch the competition's zip into `out` and return its path. TableError says what is missing and what helps.

    A zip that stands there is kept until the new one is whole.
    """
    target = out / ARCHIVE
    part = out / ".download"
    client = _client()
    try:
        part.mkdir(parents=True, exist_ok=True)
        _fetch(client, part)
        return (part / ARCHIVE).replace(target)
    except OSError as error:
        raise TableError(
            f"{target} cannot be written ({error}): make room there, or give another folder"
        ) from error
    finally:
        _remove(part)


def _client() -> Any:
    """Kaggle's client, signed in. Importing it signs in, and ends the process where there is no token."""
    try:
        module = importlib.import_module("kaggle.api.kaggle_api_extended")
        client = module.KaggleApi()
        client.authenticate()
    except ImportError as error:
        raise TableError(NO_CLIENT.format(said=error)) from error
    except (ValueError, SystemExit) as error:
        raise TableError(NO_ACCOUNT) from error
    except Exception as error:
        raise TableError(_meaning(error)) from error
    return client


def _fetch(client: Any, folder: Path) -> None:
    try:
        client.competition_download_files(COMPETITION, path=str(folder), quiet=False)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in DISK:
            raise
        raise TableError(_meaning(error)) from error
    if not zipfile.is_zipfile(folder / ARCHIVE):
        raise TableError(
            f"what Kaggle sent is no {ARCHIVE}: run this again, or download it at {PAGE}/data"
        )


def _meaning(error: Exception) -> str:
    """What the client's error means to a person: it raises those of several libraries."""
    status = getattr(error, "status", None) or getattr(
        getattr(error, "response", None), "status_code", None
    )
    said = first_line(error)[:100]
    return REFUSED.get(status or 0, OFFLINE.format(said=said, page=PAGE))


def _remove(folder: Path) -> None:
    for file in folder.glob("*"):
        file.unlink()
    if folder.is_dir():
        folder.rmdir()
