"""The setting CREDIT_SCORING_CACHE_PATH: its default follows the user's home and XDG_CACHE_HOME."""

from pathlib import Path

import pytest

from credit_scoring.settings import load_settings


@pytest.fixture(autouse=True)
def _home(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)


@pytest.mark.parametrize(
    ("shared_cache", "expected"),
    [
        ("/var/cache", Path("/var/cache/credit-scoring")),
        ("not/absolute", Path("/home/ada/.cache/credit-scoring")),
    ],
)
def test_default_cache_follows_an_absolute_xdg_cache_home(monkeypatch, shared_cache, expected):
    monkeypatch.setenv("XDG_CACHE_HOME", shared_cache)
    assert load_settings({}).cache_path == expected


def test_user_without_a_home_has_no_cache(monkeypatch):
    def raise_runtime_error(_path):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", raise_runtime_error)
    assert load_settings({}).cache_path is None
