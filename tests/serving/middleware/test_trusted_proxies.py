"""The scheme behind several proxies, of which most pass X-Forwarded-Proto on unchanged."""

import dataclasses
import doctest

import pytest

from credit_scoring.serving.middleware import trusted_proxies

HSTS = "Strict-Transport-Security"


@pytest.fixture(scope="module")
def make_client(make_app, app_settings):
    def make_client(proxies):
        settings = dataclasses.replace(
            app_settings, hsts_seconds=31_536_000, trusted_proxies=proxies
        )
        return make_app(settings).test_client()

    return make_client


def test_examples_are_right():
    assert doctest.testmod(trusted_proxies).failed == 0


@pytest.mark.parametrize(
    ("scheme", "is_secure"),
    [
        ("https", True),
        ("https, http", True),
        ("http", False),
        ("http, https", False),
        ("https, http, https", False),  # the first is the client's own
        ("", False),
    ],
    ids=["passed on", "appended", "http", "http appended", "forged", "none"],
)
def test_scheme_behind_two_proxies_is_the_first_one_s(make_client, scheme, is_secure):
    answer = make_client(2).get("/health", headers={"X-Forwarded-Proto": scheme})
    assert (HSTS in answer.headers) == is_secure


def test_no_trusted_proxy_ignores_the_header(make_client):
    answer = make_client(0).get("/health", headers={"X-Forwarded-Proto": "https"})
    assert HSTS not in answer.headers
