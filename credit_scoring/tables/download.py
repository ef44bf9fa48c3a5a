"""Downloads the competition's files with Kaggle's own client, which only this module imports."""

import errno
import importlib
import shutil
import zipfile
from pathlib import Path
from typing import Any

from credit_scoring.errors import TableError
from credit_scoring.tables.source_files import ARCHIVE
from credit_scoring.tables.table_errors import first_line

COMPETITION = "home-credit-default-risk"
PAGE = f"https://www.kaggle.com/competitions/{COMPETITION}"
NO_CLIENT = "Kaggle's client is not installed ({reason}): pip install -r requirements-download.txt"
NO_ACCOUNT = (
    "Kaggle does not know who you are: make an account, then a token at "
    "https://www.kaggle.com/settings/api, and set KAGGLE_API_TOKEN to it, or save it as "
    "~/.kaggle/access_token"
)
MESSAGES = {  # by HTTP status
    401: NO_ACCOUNT,
    403: f"Kaggle refuses the files: read and accept the rules of the competition at {PAGE}/rules, "
    "then run this again",
    404: f"Kaggle no longer has the competition {COMPETITION}: see {PAGE}",
    429: "Kaggle has had too many requests from you: wait some minutes, then run this again",
}
DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS}
OFFLINE = (
    "Kaggle cannot be reached ({reason}): check the connection, or download the zip in a browser "
    "at {page}/data"
)


class DownloadError(TableError):
    """The competition's files were not downloaded; the text says what is missing."""

    title = "Download failed"


def download(out: Path) -> Path:
    """Download the competition's zip into `out` and return its path.

    An existing zip is replaced only when the new one is complete. Raises DownloadError with the
    remedy.
    """
    target = out / ARCHIVE
    folder = out / ".download"
    client = _signed_in_client()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _fetch(client, folder)
        return (folder / ARCHIVE).replace(target)
    except OSError as error:
        raise DownloadError(
            f"{target} cannot be written ({error}): make room there, or give another folder"
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _signed_in_client() -> Any:
    """Kaggle's client. Its import signs in, and ends the process without a token."""
    try:
        module = importlib.import_module("kaggle.api.kaggle_api_extended")
        client = module.KaggleApi()
        client.authenticate()
    except ImportError as error:
        raise DownloadError(NO_CLIENT.format(reason=error)) from error
    except (ValueError, SystemExit) as error:
        raise DownloadError(NO_ACCOUNT) from error
    except Exception as error:
        raise DownloadError(_explain(error)) from error
    return client


def _fetch(client: Any, folder: Path) -> None:
    try:
        client.competition_download_files(COMPETITION, path=str(folder), quiet=False)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in DISK_ERRORS:
            raise
        raise DownloadError(_explain(error)) from error
    if not zipfile.is_zipfile(folder / ARCHIVE):
        remedy = f"run this again, or download it at {PAGE}/data"
        raise DownloadError(f"the file that Kaggle sent is not a complete {ARCHIVE}: {remedy}")


def _explain(error: Exception) -> str:
    """The meaning of an error of the client, which raises those of several libraries."""
    response = getattr(error, "response", None)
    status = getattr(error, "status", None) or getattr(response, "status_code", None)
    reason = first_line(error)[:100]
    return MESSAGES.get(status or 0, OFFLINE.format(reason=reason, page=PAGE))
