"""An API key: what it looks like, what is kept of it, what it allows."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from credit_scoring.access.api_key import key_digest, new_key, parse_key_id
from credit_scoring.errors import AccessError

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_a_key_proves_itself_by_its_digest_alone():
    key, text = new_key("branch", ["score"])
    assert key.matches(key_digest(text))
    assert not key.matches(key_digest(f"{text[:-1]}x"))
    assert parse_key_id(text) == key.key_id
    secret = text.removeprefix(f"cs_{key.key_id}_")
    assert len(bytes.fromhex(secret)) == 32
    assert secret not in repr(key)


def test_no_two_keys_are_alike():
    made = [new_key("branch", ["score"]) for _ in range(50)]
    assert len({text for _, text in made}) == len({key.key_id for key, _ in made}) == 50


@pytest.mark.parametrize(
    "text", ["", "cs_", "cs_0123abcd_", "cs_0123abcd_" + "g" * 64, "é", "\ud800", "a" * 10_000]
)
def test_what_has_not_the_form_of_a_key_has_no_id(text):
    assert parse_key_id(text) is None
    key_digest(text)  # any text has a digest: comparing never fails


@pytest.mark.parametrize(
    ("scopes", "asked", "allowed"),
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
def test_a_key_allows_its_scopes_and_admin_all(scopes, asked, allowed):
    assert new_key("branch", scopes)[0].allows(asked) is allowed


def test_a_key_works_until_it_expires_or_is_revoked():
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
def test_a_wrong_name_or_scope_is_refused(name, scopes, message):
    with pytest.raises(AccessError) as caught:
        new_key(name, scopes)
    assert message in str(caught.value)
