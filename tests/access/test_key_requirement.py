"""Whether a key is required before the first one exists."""

import pytest

from credit_scoring.access.key_requirement import KeyRequirement

LOOPBACK = ("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "localhost")
OTHERS = ("0.0.0.0", "::", "192.0.2.7", "example.org", "/run/app.sock")  # noqa: S104


@pytest.mark.parametrize("host", LOOPBACK)
def test_loopback_requires_no_key(host):
    assert not KeyRequirement("auto", hosts=(host,)).applies("")
    assert not KeyRequirement("auto").applies(host)


@pytest.mark.parametrize("host", OTHERS)
def test_other_addresses_require_a_key(host):
    assert KeyRequirement("auto", hosts=(host,)).applies("")
    assert KeyRequirement("auto", hosts=("127.0.0.1", host)).applies("")
    assert KeyRequirement("auto").applies(host)


def test_known_addresses_overrule_the_server_name():
    """On a Unix socket gunicorn takes the name from the client's Host header."""
    assert KeyRequirement("auto", hosts=("/run/app.sock",)).applies("localhost")


def test_platforms_require_a_key_on_loopback():
    assert KeyRequirement("auto", "Heroku", LOOPBACK).applies("localhost")


@pytest.mark.parametrize(("policy", "required"), [("on", True), ("off", False)])
def test_policy_overrules_the_address(policy, required):
    for host in (*LOOPBACK, *OTHERS):
        assert KeyRequirement(policy, "Heroku", (host,)).applies(host) is required
