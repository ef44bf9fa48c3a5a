"""`python model.py keys`: the secret is shown once and never stored; errors name the remedy."""

import re
import sqlite3

import pytest
import typer
from typer.testing import CliRunner

import model
from credit_scoring.access.key_cache import KeyCache
from credit_scoring.access.key_store import KeyStore
from credit_scoring.commands.keys import keys
from credit_scoring.database.engine import open_database


@pytest.fixture
def file(tmp_path, monkeypatch):
    file = tmp_path / "decisions.db"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
    monkeypatch.setenv("COLUMNS", "200")
    return file


@pytest.fixture
def run_cli(file):  # noqa: ARG001 - sets DATABASE_URL
    """Runs `python model.py keys ARGUMENTS`; returns exit code, stdout and stderr."""

    def run(*arguments):
        result = CliRunner().invoke(model.cli, ["keys", *arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            result.exception
        )
        return result.exit_code, result.stdout, result.stderr

    return run


def test_key_is_shown_once_and_only_its_hash_is_stored(run_cli, file):
    exit_code, text, note = run_cli(
        "create", "--name", "branch", "--scope", "score", "--scope", "review"
    )
    key = text.strip()
    assert exit_code == 0
    assert re.fullmatch(r"cs_[0-9a-f]{8}_[0-9a-f]{64}", key)
    assert "only time it is shown" in note
    secret = key.rpartition("_")[2]
    assert all(secret.encode() not in path.read_bytes() for path in file.parent.iterdir())
    engine = open_database(f"sqlite:///{file}")
    assert KeyCache(KeyStore(engine).all).find(key).scopes == ("score", "review")
    engine.dispose()


def test_list_shows_name_and_state_of_every_key(run_cli, file):
    assert (
        run_cli("list")[1].strip()
        == "There are no keys: the API is open on loopback, elsewhere it answers 401."
    )
    for name in ("alpha", "beta", "gamma"):
        run_cli("create", "--name", name, "--scope", "admin", "--days", "30")
    ids = re.findall(r"^[0-9a-f]{8}", run_cli("list")[1], re.MULTILINE)
    assert run_cli("revoke", ids[1])[0] == 0
    with sqlite3.connect(file) as connection:
        connection.execute(
            "UPDATE keys SET expires_at = '2020-01-01 00:00:00' WHERE key_id = ?", [ids[2]]
        )
    connection.close()
    lines = run_cli("list")[1].splitlines()
    assert [re.split(r"\s+", line)[1] for line in lines] == ["active", "revoked", "expired"]
    assert [line.split()[-1] for line in lines] == ["alpha", "beta", "gamma"]
    assert "cs_" not in "".join(lines)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            ["create", "--name", "a", "--scope", "root"],
            1,
            'the scopes are "root": expected some of score, review',
        ),
        (
            ["create", "--name", " ", "--scope", "score"],
            1,
            "expected 1 to 100 printable characters",
        ),
        (["create", "--name", "a"], 2, "Missing option '--scope'"),
        (
            ["create", "--name", "a", "--scope", "score", "--days", "0"],
            2,
            "Invalid value for '--days'",
        ),
        (
            ["revoke", "12345678"],
            1,
            'unknown key "12345678": python model.py keys list shows all keys',
        ),
    ],
)
def test_mistake_is_named_with_its_remedy(run_cli, arguments, code, message):
    assert run_cli(*arguments)[0] == code
    assert message in " ".join(run_cli(*arguments)[2].split())


def test_every_subcommand_and_option_has_help():
    for name, command in typer.main.get_command(keys).commands.items():
        assert command.help, name
        assert all(option.help for option in command.params), name
