"""The platforms' environments and commands, read from the files that the platforms read."""

import json
import re
import shlex
import tomllib
from dataclasses import dataclass

import yaml

from tests.platforms.replay import KEY
from tests.server_process import ROOT

APP_JSON = json.loads((ROOT / "app.json").read_text())
PROCFILE = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
RENDER = yaml.safe_load((ROOT / "render.yaml").read_text())
FLY = tomllib.loads((ROOT / "fly.toml").read_text())
ACCESS_LOG = "--access-logfile -"


@dataclass(frozen=True)
class Deployment:
    """What a platform runs, and the variables that it sets.

    `{port}` in a variable stands for the port.
    """

    release: list[str]
    web: list[str]
    variables: dict[str, str]
    forwarded: dict[str, str]  # headers of its proxy for a client that uses HTTPS
    ignore_file: str | None = None
    writable: str | None = None  # folder of the checkout on a mounted disk
    terminates_every_process: bool = False
    uses_ipv6: bool = False


def heroku():
    """A dyno; the buildpack's profile sets gunicorn's variables."""
    config = {
        name: KEY if "generator" in definition else definition["value"]
        for name, definition in APP_JSON["env"].items()
        if "generator" in definition or "value" in definition
    }
    dyno = {
        "DYNO": "web.1",
        "DYNO_RAM": "512",
        "FORWARDED_ALLOW_IPS": "*",
        "GUNICORN_CMD_ARGS": ACCESS_LOG,
        "LANG": "en_US.UTF-8",
        "PORT": "{port}",
        "PYTHONHASHSEED": "random",
        "PYTHONUNBUFFERED": "true",
        "WEB_CONCURRENCY": "2",
    }
    return Deployment(
        release=["bash", "-c", PROCFILE["release"]],
        web=["bash", "-c", PROCFILE["web"]],
        variables={**dyno, **config},
        forwarded={"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"},
        ignore_file=".slugignore",
        terminates_every_process=True,
        uses_ipv6=True,
    )


def render():
    """A native Python service; the commands are not run by a shell."""
    service = RENDER["services"][0]
    config = {
        variable["key"]: variable.get("value", KEY)
        for variable in service["envVars"]
        if "fromDatabase" not in variable
    }
    defaults = {
        "GUNICORN_CMD_ARGS": f"--preload {ACCESS_LOG} --bind=0.0.0.0:{{port}}",
        "PORT": "{port}",
        "PYTHONUNBUFFERED": "1",
        "RENDER": "true",
    }
    return Deployment(
        release=shlex.split(service["preDeployCommand"]),
        web=shlex.split(service["startCommand"]),
        variables={**defaults, **config},
        forwarded={"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"},
    )


def fly():
    """A machine with the image of the Dockerfile and a volume."""
    secrets = {"CREDIT_SCORING_API_KEY": KEY}
    machine = {"FLY_APP_NAME": FLY["app"], "FLY_REGION": FLY["primary_region"]}
    instructions = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    image = dict(re.findall(r"^ +([A-Z_]+)=(\S+)", instructions, re.MULTILINE))
    (command,) = re.findall(r"^CMD (\[.*\])$", instructions, re.MULTILINE)
    return Deployment(
        release=shlex.split(FLY["deploy"]["release_command"]),
        web=json.loads(command),
        variables={**image, **machine, **FLY["env"], **secrets, "PORT": "{port}"},
        forwarded={"X-Forwarded-For": "192.0.2.7, 198.51.100.1", "X-Forwarded-Proto": "https"},
        writable="instance",
        uses_ipv6=True,
    )


DEPLOYMENTS = {"heroku": heroku(), "render": render(), "fly": fly()}
