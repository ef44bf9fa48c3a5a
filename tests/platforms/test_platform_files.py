"""app.json, render.yaml and fly.toml: documented keys, and values that fit the service."""

import copy
import functools
import re

import jsonschema
import pytest

from credit_scoring.settings import SETTINGS, load_settings
from tests.platforms.deployments import APP_JSON, DEPLOYMENTS, FLY, PROCFILE, RENDER
from tests.platforms.documented_keys import APP_JSON as APP_JSON_SCHEMA
from tests.platforms.documented_keys import FLY_TOML, RENDER_YAML
from tests.platforms.replay import KEY, deployed_files
from tests.server_process import ROOT

FILES = {
    "app.json": (APP_JSON, APP_JSON_SCHEMA),
    "render.yaml": (RENDER, RENDER_YAML),
    "fly.toml": (FLY, FLY_TOML),
}
GUNICORN = (ROOT / "gunicorn.conf.py").read_text()
SERVICE = RENDER["services"][0]
NOT_OURS = {"FORWARDED_ALLOW_IPS", "GUNICORN_CMD_ARGS", "MALLOC_ARENA_MAX"}


def seconds(duration):
    return int(re.fullmatch("([0-9]+)s", duration)[1])


def gunicorn_setting(name):
    return int(re.search(rf"^{name} = (\d+)", GUNICORN, re.MULTILINE)[1])


@pytest.mark.parametrize("file", FILES)
def test_keys_and_values_are_documented(file):
    document, schema = FILES[file]
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema, jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    ("file", "place", "key"),
    [
        ("app.json", ["addons", 0], "plan"),
        ("app.json", ["environments", "test", "scripts"], "test-setup"),
        ("app.json", ["env", "CREDIT_SCORING_API_KEY"], "generator"),
        ("render.yaml", ["services", 0], "healthCheckPath"),
        ("render.yaml", ["services", 0, "envVars", 0, "fromDatabase"], "property"),
        ("render.yaml", ["databases", 0], "ipAllowList"),
        ("fly.toml", [], "kill_timeout"),
        ("fly.toml", ["deploy"], "release_command"),
        ("fly.toml", ["http_service", "checks", 0], "path"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_misspelled_key_is_refused(file, place, key):
    document, schema = copy.deepcopy(FILES[file][0]), FILES[file][1]
    part = functools.reduce(lambda value, name: value[name], place, document)
    part[f"{key}s"] = part.pop(key)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema, jsonschema.Draft202012Validator)


@pytest.mark.parametrize("platform", DEPLOYMENTS)
def test_variables_are_settings_with_valid_values(platform):
    variables = DEPLOYMENTS[platform].variables
    ours = {name: text.replace("{port}", "80") for name, text in variables.items()}
    settings = load_settings(ours)
    assert settings.web_concurrency == 2
    assert settings.trusted_proxies > 0
    assert settings.hsts_seconds == 31_536_000
    assert settings.rate_limit.requests == 600
    assert settings.api_key == KEY


def test_every_configured_variable_has_a_meaning():
    """Of the service, of gunicorn or of glibc."""
    configured = {*APP_JSON["env"], *FLY["env"], *(v["key"] for v in SERVICE["envVars"])}
    assert configured <= {setting.variable for setting in SETTINGS.values()} | NOT_OURS


@pytest.mark.parametrize("file", FILES)
def test_no_secret_is_in_a_file(file):
    secrets = {s.variable for s in SETTINGS.values() if s.is_secret}
    variables = {
        "app.json": {name for name, definition in APP_JSON["env"].items() if "value" in definition},
        "render.yaml": {v["key"] for v in SERVICE["envVars"] if "value" in v},
        "fly.toml": FLY["env"].keys(),
    }
    assert not variables[file] & secrets


def test_platforms_wait_longer_than_the_service_takes_to_stop():
    graceful = gunicorn_setting("graceful_timeout")
    assert graceful < 30  # Heroku
    assert SERVICE["maxShutdownDelaySeconds"] > graceful
    assert seconds(FLY["kill_timeout"]) > graceful
    assert FLY["kill_signal"] == "SIGTERM"


def test_health_checks_ask_whether_a_request_can_be_decided():
    (check,) = FLY["http_service"]["checks"]
    assert check["path"] == SERVICE["healthCheckPath"] == "/health/ready"


def test_fly_s_proxy_reaches_the_service():
    service = FLY["http_service"]
    assert str(service["internal_port"]) == FLY["env"]["PORT"]
    assert FLY["env"]["HOST"] == "::"
    assert DEPLOYMENTS["fly"].variables["MALLOC_ARENA_MAX"] == "1"  # of the image
    assert "WORKDIR /app\n" in (ROOT / "Dockerfile").read_text()
    (volume,) = FLY["mounts"]
    assert volume["destination"] == "/app/instance"
    threads = int(FLY["env"]["WEB_CONCURRENCY"]) * gunicorn_setting("threads")
    assert service["concurrency"]["hard_limit"] <= threads


def test_migration_is_the_same_command_everywhere():
    command = "python -m credit_scoring.database"
    assert PROCFILE["release"] == SERVICE["preDeployCommand"] == command
    assert FLY["deploy"]["release_command"] == command


def test_build_installs_the_requirements_of_the_web_process():
    assert SERVICE["buildCommand"] == "pip install --requirement requirements.txt"
    assert APP_JSON["buildpacks"] == [{"url": "heroku/python"}]  # it reads requirements.txt


def test_heroku_runs_the_tests_as_make_does():
    scripts = APP_JSON["environments"]["test"]["scripts"]
    assert scripts["test-setup"].split()[-1] == "requirements-dev.txt"
    assert f"{scripts['test']} -rs --cov" in (ROOT / "Makefile").read_text()


def test_database_plan_of_render_is_where_the_service_is():
    (database,) = RENDER["databases"]
    assert database["region"] == SERVICE["region"]
    references = [v["fromDatabase"]["name"] for v in SERVICE["envVars"] if "fromDatabase" in v]
    assert references == [database["name"]]


def test_slug_has_what_the_service_reads_and_no_tests():
    files = deployed_files(".slugignore")
    assert {"app.py", "Procfile", "requirements.txt", "models/latest/model.pkl"} <= {*files}
    folders = {name.partition("/")[0] for name in files}
    assert not folders & {"tests", "docs", "bench", "notebooks", ".github"}
    assert "credit_scoring/database/migrations/env.py" in files
    patterns = (ROOT / ".slugignore").read_text().split()
    optional = {"uv.lock", "Dockerfile", ".dockerignore", "compose.yaml"}
    assert all((ROOT / pattern).exists() for pattern in patterns if pattern not in optional)
