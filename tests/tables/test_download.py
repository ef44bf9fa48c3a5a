"""`python model.py download` with a fake client: no test reaches Kaggle."""

import errno
import re
import sys
import zipfile
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from typer.testing import CliRunner

import model
from credit_scoring.sample.write_tables import ARCHIVE
from credit_scoring.tables.download import COMPETITION, DownloadError, download

NAME = "kaggle.api.kaggle_api_extended"


class HTTPError(OSError):
    """The error of `requests`: an OSError without an errno, with the response."""

    def __init__(self, status):
        super().__init__(f"{status} Client Error")
        self.response = SimpleNamespace(status_code=status)


def raising(error):
    def call(*_arguments, **_options):
        raise error

    return call


def fetch_zip(competition, path, quiet):  # noqa: ARG001
    assert competition == COMPETITION
    with zipfile.ZipFile(Path(path) / ARCHIVE, "w") as archive:
        archive.writestr("application_train.csv", "SK_ID_CURR\n")


def fetch_incomplete_zip(competition, path, quiet):  # noqa: ARG001
    (Path(path) / ARCHIVE).write_bytes(b"PK\x03\x04 half")


@pytest.fixture
def client(monkeypatch):
    """Replace Kaggle's client by one made of two functions."""

    def put(fetch=fetch_zip, authenticate=lambda: None):
        fake = SimpleNamespace(competition_download_files=fetch, authenticate=authenticate)
        modules = {name: ModuleType(name) for name in ("kaggle", "kaggle.api", NAME)}
        modules[NAME].KaggleApi = lambda: fake
        for name, module in modules.items():
            monkeypatch.setitem(sys.modules, name, module)

    return put


def test_only_the_zip_remains_in_the_folder(client, tmp_path):
    client()
    assert download(tmp_path / "new" / "folder") == tmp_path / "new" / "folder" / ARCHIVE
    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == [ARCHIVE]


def test_the_command_names_the_next_command(client, tmp_path):
    client()
    result = CliRunner().invoke(model.cli, ["download", "--out", str(tmp_path)])
    assert result.exit_code == 0
    assert f"python model.py check --data {tmp_path / ARCHIVE}" in result.output


CASES = {
    "no account": (
        {"authenticate": raising(SystemExit(1))},
        (
            "Kaggle does not know who you are: make an account, then a token at "
            "https://www.kaggle.com/settings/api"
        ),
    ),
    "an invalid token": (
        {"authenticate": raising(ValueError("bad key"))},
        "Kaggle does not know who you are",
    ),
    "an expired token": ({"fetch": raising(HTTPError(401))}, "Kaggle does not know who you are"),
    "rules not accepted": (
        {"fetch": raising(HTTPError(403))},
        (
            f"read and accept the rules of the competition at "
            f"https://www.kaggle.com/competitions/{COMPETITION}/rules"
        ),
    ),
    "rules not accepted, as the older client reports it": (
        {"fetch": raising(type("ApiException", (Exception,), {"status": 403})())},
        "read and accept the rules of the competition",
    ),
    "no such competition": (
        {"fetch": raising(HTTPError(404))},
        "Kaggle no longer has the competition",
    ),
    "too many requests": (
        {"fetch": raising(HTTPError(429))},
        "wait some minutes, then run this again",
    ),
    "offline": (
        {"fetch": raising(ConnectionError("Name or service not known"))},
        (
            r"Kaggle cannot be reached \(Name or service not known\): check the connection, or "
            r"download the zip in a b"
        ),
    ),
    "offline when signing in": (
        {"authenticate": raising(ConnectionError("no route"))},
        r"be reached \(no route\)",
    ),
    "a full disk": (
        {"fetch": raising(OSError(errno.ENOSPC, "No space left on device"))},
        (
            rf"{ARCHIVE} cannot be written \(.*No space left on device\): make room there, or give "
            rf"another folder"
        ),
    ),
    "an incomplete zip": (
        {"fetch": fetch_incomplete_zip},
        f"the file that Kaggle sent is not a complete {ARCHIVE}: run this again, or download it at",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_error_has_a_remedy_and_keeps_the_old_zip(case, client, tmp_path):
    functions, message = CASES[case]
    (tmp_path / ARCHIVE).write_bytes(b"the old one")
    client(**functions)
    with pytest.raises(DownloadError, match=message):
        download(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [ARCHIVE]
    assert (tmp_path / ARCHIVE).read_bytes() == b"the old one"


def test_missing_client_is_explained(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "kaggle", None)
    result = CliRunner().invoke(model.cli, ["download", "--out", str(tmp_path)])
    assert result.exit_code == 1
    words = "Kaggle's client is not installed .*: pip install -r requirements-download.txt"
    assert re.search(words, result.output.replace("\n", " "))
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_leaves_no_file(client, tmp_path):
    client(fetch=raising(KeyboardInterrupt()))
    result = CliRunner().invoke(model.cli, ["download", "--out", str(tmp_path)])
    assert result.exit_code == 130
    assert list(tmp_path.iterdir()) == []
