"""Builds images and runs containers on a `Machine`, by the instructions of a Dockerfile."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.containers.dockerfile import is_ignored, read_stages
from tests.containers.machine import SYSTEM_PATH, Machine
from tests.server_process import PATIENCE, ROOT

PACKAGE_INDEX = re.compile(r"PIP_|SSL_CERT|REQUESTS_CA|\w+_proxy$", re.IGNORECASE)


@dataclass
class Image:
    """What a Dockerfile's stage made: its layers, the newest first, and its settings."""

    machine: Machine
    layers: list[str]
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": SYSTEM_PATH})
    user: str = "0"
    folder: str = "/"

    def derive(self):
        return Image(self.machine, self.layers, dict(self.environment), self.user, self.folder)

    @property
    def home(self):
        return "/root" if self.user == "0" else "/home/app"


def python_image(machine):
    """This machine with the running Python as `python`, where the official image has it."""
    layer, merged = machine.mount([])
    python = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    readable = {*python.parents, *ROOT.parents} - {Path("/")}  # also by user 1000
    machine.run("chmod", "a+rx", *(f"{merged}{folder}" for folder in readable))
    machine.run("ln", "-sf", python, f"{merged}/usr/local/bin/python")
    for name in ("passwd", "group"):  # the official image has no user or group 1000
        lines = Path("/etc", name).read_text().splitlines(keepends=True)
        kept = [line for line in lines if line.split(":")[2] != "1000"]
        machine.path(f"{merged}/etc/{name}").write_text("".join(kept))
    return Image(machine, [layer])


class Builder:
    """Replays the stages of the Dockerfile in the folder `context`, except those in `images`."""

    def __init__(self, machine, context, images=None, **arguments):
        self._machine = machine
        self._context = context
        self._arguments = arguments
        self._ignored = (context / ".dockerignore").read_text()
        self.stages = read_stages((context / "Dockerfile").read_text())
        self._images = dict(images or {})

    def build(self, name, *, leave_out="never"):
        """The image of a stage; instructions that match `leave_out` are left out."""
        if name not in self._images:
            stage = self.stages.get(name)
            self._images[name] = (
                self._replay(stage, leave_out) if stage else python_image(self._machine)
            )
        return self._images[name]

    def _replay(self, stage, leave_out):
        image = self.build(stage.base).derive()
        sources = {
            part.flags["from"] for part in stage.instructions if part.flags.keys() & {"from"}
        } - {""}
        for source in sorted(sources):
            self.build(source)
        layer, merged = self._machine.mount(image.layers)
        variables = {}
        for part in stage.instructions:
            if not re.search(leave_out, part.value):
                self._execute(part, image, merged, variables)
        image.layers = [layer, *image.layers]
        return image

    def _execute(self, part, image, merged, variables):
        match part.keyword:
            case "ARG":
                name, _, default = part.value.partition("=")
                variables[name] = self._arguments.get(name, default)
            case "ENV":
                for name, value in (pair.split("=", 1) for pair in part.words):
                    image.environment[name] = expand(value, image.environment)
            case "USER":
                image.user = part.value
            case "WORKDIR":
                image.folder = part.value
                self._machine.run("mkdir", "-p", merged + image.folder)
            case "COPY":
                self._copy(part, image, merged, variables)
            case "RUN":
                self._run(part.value, image, merged, variables)

    def _run(self, command, image, merged, variables):
        index = {name: text for name, text in os.environ.items() if PACKAGE_INDEX.match(name)}
        enter = self._machine.enter(merged, image.user, image.folder, isolated=False)
        environment = {**index, **image.environment, **variables, "HOME": image.home}
        shell = [*enter, "/bin/sh", "-c", command]
        process = subprocess.run(
            shell, env=environment, capture_output=True, text=True, check=False
        )
        assert process.returncode == 0, f"{command}\n{process.stdout}{process.stderr}"

    def _copy(self, part, image, merged, variables):
        *sources, target = (expand(word, variables) for word in part.words)
        destination = Path(image.folder, target)
        for source in sources:
            end = str(destination / source if target.endswith("/") else destination)
            if "from" in part.flags:
                layers = self.build(part.flags["from"]).layers
                self._machine.run("cp", "-a", f"{layers[0]}{source}", merged + end)
            else:
                self._copy_from_context(source, self._machine.path(merged + end))

    def _copy_from_context(self, source, destination):
        """Copies, as from a checkout whose files only their owner can read."""
        start = self._context / source
        files = (
            [start] if start.is_file() else [path for path in start.rglob("*") if path.is_file()]
        )
        kept = [path for path in files if not is_ignored(self._relative(path), self._ignored)]
        assert kept, f"COPY {source}: the file does not exist or .dockerignore excludes it"
        for path in kept:
            end = destination / path.relative_to(start) if path != start else destination
            end.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(path, end)
            end.chmod(0o600)

    def _relative(self, path):
        return path.relative_to(self._context)


def expand(text, variables):
    """`text` with the values of $NAME and ${NAME}."""
    return re.sub(r"\$\{?(\w+)\}?", lambda match: variables[match[1]], text)


class Container:
    """A running container: its process, its volumes, and the files as it sees them."""

    def __init__(self, image, folder, process, environment, log, volumes):
        self.image, self._folder, self.process = image, folder, process
        self._environment, self.log, self.volumes = environment, log, volumes

    def path(self, path):
        return self.image.machine.path(self._folder + path)

    def execute(self, *command, user=None):
        """Run a program in the container; returns its exit code and output."""
        machine, user = self.image.machine, user or self.image.user
        enter = machine.enter(self._folder, user, self.image.folder, isolated=True)
        process = subprocess.run(
            [*enter, *command], env=self._environment, capture_output=True, text=True, check=False
        )
        return process.returncode, process.stdout + process.stderr

    def wait_until_healthy(self, health_check):
        """As a container engine waits: until the command of HEALTHCHECK succeeds."""
        for _ in range(PATIENCE):
            if self.process.poll() is not None:
                pytest.fail(f"the container ended: {self.log.read_text()}")
            code, _ = self.execute(*health_check)
            if code == 0:
                return
            time.sleep(1)
        pytest.fail(f"not healthy: {self.log.read_text()}")

    def stop(self):
        """As `docker stop`; returns the exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE)


@contextlib.contextmanager
def run_container(image, command, log, *, volumes=None, hosts="", read_only=True, **environment):
    """Run a command in a new container, whose files are read-only but for /tmp and its volumes.

    `volumes` has for each folder of the image the folder of this machine that is mounted there.
    Like a named volume, it gets the owner of the image's folder.
    """
    machine = image.machine
    _, folder = machine.mount(image.layers)
    machine.path(f"{folder}/etc/hosts").write_text(f"127.0.0.1 localhost\n{hosts}")
    for target, source in (volumes or {}).items():
        machine.run("mkdir", "-p", folder + target)
        owner = machine.path(folder + target).stat()
        os.chown(source, owner.st_uid, owner.st_gid)
        machine.run("mount", "--bind", source, folder + target)
    if read_only:
        machine.run("mount", "-o", "remount,ro", folder)
    variables = {**image.environment, "HOME": image.home, **environment}
    enter = machine.enter(folder, image.user, image.folder, isolated=True)
    with log.open("w") as output:
        process = subprocess.Popen([*enter, *command], env=variables, stdout=output, stderr=output)
    container = Container(image, folder, process, variables, log, volumes)
    try:
        yield container
    finally:
        container.stop()
