"""An API key: its form, its digest, its scopes and its states."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from credit_scoring.access.api_key import key_digest, new_key, parse_key_id
from credit_scoring.errors import AccessError

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_digest_proves_the_key():
    key, text = new_key("branch", ["score"])
    assert key.matches(key_digest(text))
    assert not key.matches(key_digest(f"{text[:-1]}x"))
    assert parse_key_id(text) == key.key_id
    secret = text.removeprefix(f"cs_{key.key_id}_")
    assert len(bytes.fromhex(secret)) == 32
    assert secret not in repr(key)


def test_keys_are_all_different():
    keys = [new_key("branch", ["score"]) for _ in range(50)]
    assert len({key.key_id for key, _ in keys}) == 50
    assert len({text for _, text in keys}) == 50


@pytest.mark.parametrize(
    "text", ["", "cs_", "cs_0123abcd_", "cs_0123abcd_" + "g" * 64, "é", "\ud800", "a" * 10_000]
)
def test_malformed_key_has_no_id(text):
    assert parse_key_id(text) is None
    key_digest(text)  # any text has a digest: a comparison never fails


@pytest.mark.parametrize(
    ("scopes", "required_scope", "allowed"),
    [
        (["score"], "score", True),
        (["score"], "review", False),
        (["score"], "admin", False),
        (["review"], "score", False),
        (["score", "review"], "review", True),
        (["admin"], "score", True),
        (["admin"], "review", True),
        (["admin"], "admin", True),
    ],
)
def test_key_allows_its_scopes_and_admin_everything(scopes, required_scope, allowed):
    assert new_key("branch", scopes)[0].allows(required_scope) is allowed


def test_key_is_active_until_expiry_or_revocation():
    key, _ = new_key("branch", ["score"], NOW)
    assert key.state(NOW - timedelta(seconds=1)) == "active"
    assert key.state(NOW) == "expired"
    assert dataclasses.replace(key, revoked_at=NOW).state(NOW - timedelta(days=1)) == "revoked"
    assert new_key("branch", ["score"])[0].state(NOW + timedelta(days=10_000)) == "active"


@pytest.mark.parametrize(
    ("name", "scopes", "message"),
    [
        ("", ["score"], 'the name is "": expected 1 to 100 printable characters'),
        (" ", ["score"], "the name is"),
        ("a\nb", ["score"], "the name is"),
        ("a" * 101, ["score"], "expected 1 to 100"),
        ("branch", [], 'the scopes are "": expected some of score, review, admin'),
        (
            "branch",
            ["score", "root"],
            'the scopes are "score, root": expected some of score, review, admin',
        ),
    ],
)
def test_invalid_name_or_scope_is_refused(name, scopes, message):
    with pytest.raises(AccessError) as caught:
        new_key(name, scopes)
    assert message in str(caught.value)
