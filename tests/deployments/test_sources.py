"""Texts of sources: recorded without secrets, compared, fixed to a revision, and allowed."""

import re
from dataclasses import replace

import pytest

from credit_scoring.deployments.allowed_sources import require_allowed
from credit_scoring.deployments.source_names import is_same, pinned, without_secret
from credit_scoring.errors import SourceError
from credit_scoring.settings import load_settings

SETTINGS = load_settings({})
KEY = b"k" * 32


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("models/latest", "./models/latest/", True),
        ("models/latest", "models/local", False),
        ("models:/credit-scoring@champion", "models:/credit-scoring@champion", True),
        ("models:/credit-scoring@champion", "models:/credit-scoring/3", False),
        ("https://example.org/a", "https://example.org/a?token=secret", True),
        ("https://example.org/a", "https://example.org/b", False),
    ],
)
def test_same_source(first, second, expected):
    assert is_same(first, second) == expected


def test_token_is_not_recorded():
    assert without_secret("https://example.org/a.tar?token=secret") == "https://example.org/a.tar"
    assert without_secret("models/what?") == "models/what?"


@pytest.mark.parametrize(
    ("source", "revision", "expected"),
    [
        ("models:/credit-scoring@champion", "7", "models:/credit-scoring/7"),
        ("models:/credit-scoring/3", "3", "models:/credit-scoring/3"),
        ("hf://ada/risk@main", "0a1b", "hf://ada/risk@0a1b"),
        ("hf://ada/risk", "0a1b", "hf://ada/risk@0a1b"),
        ("https://example.org/a.tar", "etag", "https://example.org/a.tar"),
        ("models/latest", "", "models/latest"),
    ],
)
def test_revision_is_fixed_where_the_source_has_revisions(source, revision, expected):
    assert pinned(source, revision) == expected


@pytest.mark.parametrize(
    ("source", "configured", "keys"),
    [
        ("models/latest", "models/latest", ()),
        ("hf://ada/risk@next", "hf://ada/risk@main", ()),
        ("models:/credit-scoring/7", "models:/credit-scoring@champion", ()),
        ("hf://bob/risk", "models/latest", (KEY,)),
        ("https://example.org/a.tar", "models/latest", ()),  # fetch compares the host
    ],
)
def test_source_is_allowed(source, configured, keys):
    require_allowed(source, configured, replace(SETTINGS, public_key=keys))


@pytest.mark.parametrize(
    ("source", "configured", "keys"),
    [
        ("models/other", "models/latest", ()),
        ("models/other", "models/latest", (KEY,)),
        ("./models/latest", "models/latest", ()),
        ("models/../models/latest", "models/latest", ()),
        ("hf://bob/risk", "hf://ada/risk", ()),
        ("hf://ada/risk/../../bob/risk", "hf://ada/other", ()),
        ("models:/credit-scoring@champion", "models/latest", ()),
        ("http://example.org/a.tar", "models/latest", (KEY,)),
        ("file:///etc", "models/latest", (KEY,)),
    ],
)
def test_source_is_refused(source, configured, keys):
    message = rf'source is "{re.escape(source)}": expected the configured source'
    with pytest.raises(SourceError, match=message):
        require_allowed(source, configured, replace(SETTINGS, public_key=keys))
