"""The settings of monitoring: accepted texts, refused ones with the remedy."""

from pathlib import Path

import pytest

from credit_scoring.errors import SettingError
from credit_scoring.settings import load_settings

SECRET = f"whsec_{'QUJD' * 8}"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("monitoring_seconds", "0", 0),
        ("alarm_rules", "/srv/rules.toml", Path("/srv/rules.toml")),
        ("webhook_url", "https://example.org/a?b=c", "https://example.org/a?b=c"),
        ("webhook_url", "http://localhost:9000/", "http://localhost:9000/"),
        ("webhook_url", "http://[::1]/", "http://[::1]/"),
        ("webhook_secret", SECRET, b"ABC" * 8),
    ],
)
def test_texts_are_accepted(name, text, value):
    environ = {f"CREDIT_SCORING_{name.upper()}": text}
    assert getattr(load_settings(environ), name) == value


@pytest.mark.parametrize(
    "text",
    [
        "http://example.org/",
        "http://localhost.example.org/",
        "https://user:password@example.org/",
        "https://example.org/#part",
        "https:///path",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://example.org/a b",
        "https://[1/",
        "file:///etc/passwd",
        "example.org",
    ],
)
def test_unsafe_address_is_refused_without_repeating_it(text):
    with pytest.raises(SettingError) as caught:
        load_settings({"CREDIT_SCORING_WEBHOOK_URL": text})
    assert str(caught.value) == (
        "CREDIT_SCORING_WEBHOOK_URL is not usable: expected an address https://… or, on this "
        "machine, http://localhost…"
    )


@pytest.mark.parametrize(
    "text",
    [SECRET.removeprefix("whsec_"), "whsec_QUJD", f"{SECRET}*", f"whsec_{'QUJD' * 22}"],
    ids=["no prefix", "short", "no base64", "long"],
)
def test_wrong_secret_is_refused_without_repeating_it(text):
    with pytest.raises(SettingError) as caught:
        load_settings({"CREDIT_SCORING_WEBHOOK_SECRET": text})
    assert str(caught.value) == (
        "CREDIT_SCORING_WEBHOOK_SECRET is not usable: expected whsec_ and 24 to 64 bytes in base64"
    )


def test_settings_do_not_show_the_webhook():
    url = "https://example.org/s3cret"
    environ = {"CREDIT_SCORING_WEBHOOK_URL": url, "CREDIT_SCORING_WEBHOOK_SECRET": SECRET}
    assert "s3cret" not in repr(load_settings(environ))
    assert "ABC" not in repr(load_settings(environ))
