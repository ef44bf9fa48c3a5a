"""Settings: defaults, overriding variables, and refusal of unknown variables and invalid values."""

from pathlib import Path

import pytest

from credit_scoring.errors import SettingError
from credit_scoring.settings import SETTINGS, Settings, load_settings
from credit_scoring.settings.__main__ import settings_page
from credit_scoring.settings.parsers import Rate

ROOT = Path(__file__).parents[1]
PLATFORM_VARIABLES = {
    "HOST",
    "PORT",
    "WEB_CONCURRENCY",
    "MLFLOW_TRACKING_URI",
    "DATABASE_URL",
    "HF_TOKEN",
    "HF_ENDPOINT",
}


KEY_TEXT = "ed25519-public:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@pytest.fixture(autouse=True)
def _home(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)


def test_empty_environment_gives_the_defaults():
    assert load_settings({}) == Settings(
        host="127.0.0.1",
        port=8000,
        web_concurrency=2,
        keepalive_seconds=None,
        model_path=Path("models/latest"),
        model_source="",
        challenger="",
        model_store=Path("instance/models"),
        model_hosts=(),
        public_key=(),
        signing_key=None,
        hf_token="",
        hf_endpoint="https://huggingface.co",
        max_body_bytes=1 << 20,
        max_batch_bytes=1 << 24,
        max_batch_size=1000,
        max_nesting=16,
        max_raw_records=10_000,
        applicants_path=None,
        log_level="INFO",
        log_format="auto",
        api_key="",
        keys="auto",
        rate_limit=None,
        trusted_proxies=0,
        hsts_seconds=0,
        allowed_origins=(),
        metrics="admin",
        session_hours=12,
        frame_ancestors=(),
        monitoring_seconds=60,
        alarm_rules=None,
        webhook_url="",
        webhook_secret=b"",
        allowed_attributes=(),
        cache_path=Path("/home/ada/.cache/credit-scoring"),
        tracking=True,
        mlflow_tracking_uri="sqlite:///mlflow.db",
        spool_path=Path("mlflow-spool"),
        database_url="sqlite:///instance/credit-scoring.db",
        sqlite_synchronous="NORMAL",
        database_connections=None,
        lender_name="",
        lender_address="",
        lender_contact="",
        data_sources="",
        letter_notice="",
        contest_days=60,
    )


@pytest.mark.parametrize(
    ("variable", "text", "name", "value"),
    [
        ("HOST", "0.0.0.0", "host", "0.0.0.0"),  # noqa: S104
        ("PORT", " 8080 ", "port", 8080),
        ("PORT", "", "port", 8000),
        ("WEB_CONCURRENCY", "1", "web_concurrency", 1),
        ("CREDIT_SCORING_KEEPALIVE_SECONDS", "AUTO", "keepalive_seconds", None),
        ("CREDIT_SCORING_KEEPALIVE_SECONDS", "75", "keepalive_seconds", 75),
        ("CREDIT_SCORING_MODEL_PATH", "/srv/model", "model_path", Path("/srv/model")),
        ("CREDIT_SCORING_MODEL_SOURCE", "hf://ada/risk", "model_source", "hf://ada/risk"),
        (
            "CREDIT_SCORING_MODEL_HOSTS",
            "Models.example.org, a:443, b:8443",
            "model_hosts",
            ("models.example.org", "a", "b:8443"),
        ),
        (
            "CREDIT_SCORING_PUBLIC_KEY",
            f"{KEY_TEXT}, {KEY_TEXT}",
            "public_key",
            (bytes(range(32)), bytes(range(32))),
        ),
        (
            "CREDIT_SCORING_SIGNING_KEY",
            KEY_TEXT.replace("public", "private"),
            "signing_key",
            bytes(range(32)),
        ),
        ("HF_TOKEN", "hf_abc", "hf_token", "hf_abc"),
        ("HF_ENDPOINT", "http://127.0.0.1:80", "hf_endpoint", "http://127.0.0.1:80"),
        ("CREDIT_SCORING_MAX_BODY_BYTES", "2048", "max_body_bytes", 2048),
        ("CREDIT_SCORING_MAX_BATCH_BYTES", "4096", "max_batch_bytes", 4096),
        ("CREDIT_SCORING_MAX_BATCH_SIZE", "50", "max_batch_size", 50),
        ("CREDIT_SCORING_MAX_NESTING", "8", "max_nesting", 8),
        ("CREDIT_SCORING_LOG_LEVEL", "warning", "log_level", "WARNING"),
        ("CREDIT_SCORING_LOG_FORMAT", "JSON", "log_format", "json"),
        ("CREDIT_SCORING_API_KEY", "k" * 32, "api_key", "k" * 32),
        ("CREDIT_SCORING_KEYS", "ON", "keys", "on"),
        ("CREDIT_SCORING_RATE_LIMIT", "600/minute", "rate_limit", Rate(600, 60)),
        ("CREDIT_SCORING_RATE_LIMIT", "5 / Second", "rate_limit", Rate(5, 1)),
        ("CREDIT_SCORING_RATE_LIMIT", "off", "rate_limit", None),
        ("CREDIT_SCORING_TRUSTED_PROXIES", "1", "trusted_proxies", 1),
        ("CREDIT_SCORING_HSTS_SECONDS", "31536000", "hsts_seconds", 31_536_000),
        (
            "CREDIT_SCORING_ALLOWED_ORIGINS",
            "https://app.example.org, http://localhost:3000",
            "allowed_origins",
            ("https://app.example.org", "http://localhost:3000"),
        ),
        ("CREDIT_SCORING_METRICS", "Public", "metrics", "public"),
        ("CREDIT_SCORING_ALLOWED_ATTRIBUTES", "A, B,", "allowed_attributes", ("A", "B")),
        ("CREDIT_SCORING_CACHE_PATH", "/srv/cache", "cache_path", Path("/srv/cache")),
        ("CREDIT_SCORING_CACHE_PATH", "~/cache", "cache_path", Path("/home/ada/cache")),
        ("CREDIT_SCORING_CACHE_PATH", "Off", "cache_path", None),
        ("CREDIT_SCORING_TRACKING", "Off", "tracking", False),
        ("MLFLOW_TRACKING_URI", "http://mlflow:5000", "mlflow_tracking_uri", "http://mlflow:5000"),
        ("CREDIT_SCORING_SPOOL_PATH", "/srv/spool", "spool_path", Path("/srv/spool")),
        ("DATABASE_URL", "postgres://me@host/name", "database_url", "postgres://me@host/name"),
        ("CREDIT_SCORING_SQLITE_SYNCHRONOUS", "full", "sqlite_synchronous", "FULL"),
        ("CREDIT_SCORING_DATABASE_CONNECTIONS", "12", "database_connections", 12),
        ("CREDIT_SCORING_DATABASE_CONNECTIONS", "Auto", "database_connections", None),
    ],
)
def test_variable_overrides_the_default(variable, text, name, value):
    assert getattr(load_settings({variable: text}), name) == value


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"PORT": "80a"}, 'PORT is "80a": expected a whole number from 1 to 65535'),
        ({"PORT": "0"}, 'PORT is "0": expected a whole number from 1 to 65535'),
        ({"PORT": "-1"}, 'PORT is "-1": expected a whole number from 1 to 65535'),
        ({"PORT": "9" * 5000}, "expected a whole number from 1 to 65535"),
        (
            {"CREDIT_SCORING_TRUSTED_PROXIES": "0" * 20 + "11"},
            "expected a whole number from 0 to 10",
        ),
        (
            {"HOST": "http://x/"},
            'HOST is "http://x/": expected an address or host name of this machine',
        ),
        (
            {"CREDIT_SCORING_TRACKING": "yes"},
            'CREDIT_SCORING_TRACKING is "yes": expected on or off',
        ),
        (
            {"CREDIT_SCORING_DATABASE_CONNECTIONS": "0"},
            'CONNECTIONS is "0": expected auto, or a whole number from 1 to 128',
        ),
        (
            {"WEB_CONCURRENCY": "two"},
            'WEB_CONCURRENCY is "two": expected a whole number from 1 to 256',
        ),
        (
            {"CREDIT_SCORING_KEEPALIVE_SECONDS": "0"},
            'CREDIT_SCORING_KEEPALIVE_SECONDS is "0": expected auto, or a whole number from 1 to',
        ),
        (
            {"CREDIT_SCORING_LOG_LEVEL": "loud"},
            (
                'CREDIT_SCORING_LOG_LEVEL is "loud": '
                "expected one of DEBUG, INFO, WARNING, ERROR, CRITICAL"
            ),
        ),
        (
            {"CREDIT_SCORING_RATE_LIMIT": "many"},
            'CREDIT_SCORING_RATE_LIMIT is "many": expected off, or a number',
        ),
        (
            {"CREDIT_SCORING_RATE_LIMIT": "9/year"},
            'CREDIT_SCORING_RATE_LIMIT is "9/year": expected off, or a number',
        ),
        (
            {"CREDIT_SCORING_RATE_LIMIT": "0/hour"},
            'CREDIT_SCORING_RATE_LIMIT is "0/hour": expected off, or a number',
        ),
        (
            {"CREDIT_SCORING_ALLOWED_ORIGINS": "*"},
            'CREDIT_SCORING_ALLOWED_ORIGINS is "*": expected origins such as',
        ),
        (
            {"CREDIT_SCORING_ALLOWED_ORIGINS": "https://a.b/c"},
            "expected origins such as https://app.example.org",
        ),
        (
            {"CREDIT_SCORING_MODEL_HOSTS": "https://models.example.org"},
            "expected host names such as models.example.org",
        ),
        ({"CREDIT_SCORING_MODEL_SOURCE": "a\nb"}, "expected a folder, models:/…, hf://…"),
        ({"HF_TOKEN": "a b"}, "HF_TOKEN is not usable: expected up to 500 visible characters"),
        (
            {"CREDIT_SCORING_METRICS": "all"},
            'CREDIT_SCORING_METRICS is "all": expected one of admin, public, off',
        ),
        (
            {"CREDIT_SCORING_MODEL_PAHT": "x"},
            (
                "CREDIT_SCORING_MODEL_PAHT is not a setting "
                "(did you mean CREDIT_SCORING_MODEL_PATH?): correct or unset it"
            ),
        ),
        (
            {"CREDIT_SCORING_PORT": "1"},
            "CREDIT_SCORING_PORT is not a setting (did you mean PORT?): correct or unset it",
        ),
        (
            {"CREDIT_SCORING_FOO": "1"},
            "CREDIT_SCORING_FOO is not a setting: correct or unset it, docs/settings.md lists",
        ),
    ],
)
def test_invalid_value_is_refused_with_the_remedy(environ, message):
    with pytest.raises(SettingError) as caught:
        load_settings(environ)
    assert message in str(caught.value)


def test_all_problems_are_in_one_error():
    with pytest.raises(SettingError) as caught:
        load_settings({"CREDIT_SCORING_FOO": "1", "PORT": "x", "HOST": "/"})
    variables = [line.split()[0] for line in str(caught.value).splitlines()]
    assert variables == ["CREDIT_SCORING_FOO", "HOST", "PORT"]


def test_error_never_repeats_a_secret():
    with pytest.raises(SettingError) as caught:
        load_settings({"CREDIT_SCORING_API_KEY": "short secret"})
    assert str(caught.value) == (
        "CREDIT_SCORING_API_KEY is not usable: expected 32 to 200 visible characters"
    )


@pytest.mark.parametrize(
    "text",
    [
        KEY_TEXT.replace("public", "private"),
        KEY_TEXT.removeprefix("ed25519-public:"),
        KEY_TEXT[:-4],
        KEY_TEXT.replace("AAEC", "AA*C"),
        ",",
    ],
    ids=["private", "no prefix", "short", "no base64", "comma"],
)
def test_wrong_public_key_is_refused_without_repeating_it(text):
    with pytest.raises(SettingError) as caught:
        load_settings({"CREDIT_SCORING_PUBLIC_KEY": text})
    assert str(caught.value) == (
        "CREDIT_SCORING_PUBLIC_KEY is not usable: expected keys that begin with ed25519-public:, "
        "separated by commas"
    )


def test_repr_never_shows_a_secret():
    environ = {
        "CREDIT_SCORING_API_KEY": "s3cret" * 6,
        "DATABASE_URL": "postgresql://me:s3cret@host/name",
        "MLFLOW_TRACKING_URI": "https://me:s3cret@host",
    }
    assert "s3cret" not in repr(load_settings(environ))


def test_foreign_variables_are_ignored():
    assert load_settings({"PATH": "/bin", "CREDIT": "1"}) == load_settings({})


def test_variable_has_the_prefix_unless_a_platform_sets_it():
    for name, setting in SETTINGS.items():
        prefix = "" if setting.variable in PLATFORM_VARIABLES else "CREDIT_SCORING_"
        assert setting.variable == f"{prefix}{name.upper()}"


def test_documented_settings_equal_the_definitions():
    assert (ROOT / "docs/settings.md").read_text(encoding="utf-8") == settings_page()
