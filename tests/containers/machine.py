"""Runs the steps of an image without a container engine, in a private view of this machine.

Each image is an overlay over this machine's files, in memory: a step sees the files of its image,
runs as the user of the image, and leaves no trace. Containers share one network of their own, which
has only loopback addresses. This needs root and Linux.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server_process import ROOT

HIDDEN = "/tmp/containers"  # noqa: S108 - a folder of the private view
SYSTEM_PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
NEEDS_ROOT = "containers are replayed by root on Linux, with overlay file systems and apt-get"
REQUEST = """
import json, sys, urllib.error, urllib.request
url, headers, body = json.load(sys.stdin)
request = urllib.request.Request(url, body and json.dumps(body).encode(), headers)
try:
    response = urllib.request.urlopen(request)
except urllib.error.HTTPError as error:
    response = error
text = response.read().decode()
print(json.dumps([response.status, dict(response.headers), text]))
"""


class Machine:
    """A private view of the file system and a private network, until `close`."""

    def __init__(self):
        self._files = self._hold("--mount")
        self._network = self._hold("--net")
        self.run("mkdir", "-p", HIDDEN)
        self.run("mount", "-t", "tmpfs", "tmpfs", HIDDEN)
        self.in_network(sys.executable, "-c", LOOPBACK_UP)
        self._mounts = 0

    def _hold(self, namespace):
        """A process that keeps a namespace; it ends with this one."""
        command = ["unshare", namespace, "setpriv", "--pdeathsig", "KILL", "sh", "-c"]
        process = subprocess.Popen([*command, "echo; exec sleep infinity"], stdout=subprocess.PIPE)
        process.stdout.readline()
        return process

    def close(self):
        for process in (self._files, self._network):
            process.kill()
            process.communicate()

    def path(self, path):
        """A path of the private view as this process reaches it."""
        return Path(f"/proc/{self._files.pid}/root{path}")

    def run(self, *command, **options):
        """Run a program in the private view, with this machine's network."""
        command = ["nsenter", f"--mount=/proc/{self._files.pid}/ns/mnt", *command]
        return checked(command, **options)

    def network_command(self, *command):
        return ["nsenter", f"--net=/proc/{self._network.pid}/ns/net", *map(str, command)]

    def in_network(self, *command, **options):
        """Run a program with this machine's files, in the network of the containers."""
        return checked(self.network_command(*command), **options)

    def request(self, url, headers=None, body=None):
        """Status, headers and text of a response, asked for inside the network."""
        question = json.dumps([url, {"Content-Type": "application/json", **(headers or {})}, body])
        status, fields, text = json.loads(
            self.in_network(sys.executable, "-c", REQUEST, input=question)
        )
        return status, fields, text

    def mount(self, layers):
        """Mount layers, the newest first, under a new writable one; returns (layer, folder)."""
        self._mounts += 1
        folder = f"{HIDDEN}/{self._mounts}"
        layer, work, merged = (f"{folder}/{name}" for name in ("layer", "work", "merged"))
        self.run("mkdir", "-p", layer, work, merged)
        lower = ":".join([*layers, "/"])
        options = f"lowerdir={lower},upperdir={layer},workdir={work}"
        self.run("mount", "-t", "overlay", "overlay", "-o", options, merged)
        self.run("mount", "--rbind", "/proc", f"{merged}/proc")
        self.run("mount", "--rbind", "/dev", f"{merged}/dev")
        for hidden in ("/tmp", str(ROOT)):  # noqa: S108 - of the image
            self.run("mkdir", "-p", merged + hidden)
            self.run("mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", merged + hidden)
        return layer, merged

    def enter(self, merged, user, folder, *, isolated):
        """The command that runs a program in an image: as a user, in a folder."""
        view = ["nsenter", f"--mount=/proc/{self._files.pid}/ns/mnt"]
        if isolated:
            view.append(f"--net=/proc/{self._network.pid}/ns/net")
        user_group = f"--userspec={user}:{user}"
        return [*view, "chroot", user_group, merged, "env", f"--chdir={folder}"]


def checked(command, **options):
    """The output of a program that has to succeed."""
    process = subprocess.run(
        [*map(str, command)], capture_output=True, text=True, check=False, **options
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


# ip is not installed everywhere: SIOCSIFFLAGS with IFF_UP for lo
LOOPBACK_UP = """
import fcntl, socket, struct
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    fcntl.ioctl(sock, 0x8914, struct.pack("16sh14x", b"lo", 1))
"""


# An overlay over all files, and a program in it as another user.
OVERLAY = """
mount -t tmpfs tmpfs /mnt
mkdir /mnt/layer /mnt/work /mnt/merged
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/layer,workdir=/mnt/work /mnt/merged
chroot --userspec=1000:1000 /mnt/merged true
"""


def _is_possible():
    programs = ("unshare", "nsenter", "setpriv", "chroot", "apt-get")
    if os.geteuid() != 0 or not all(map(shutil.which, programs)):
        return False
    command = ["unshare", "--mount", "--net", "sh", "-ec", OVERLAY]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@contextlib.contextmanager
def open_machine():
    """A machine; without root or overlay file systems the test is skipped or fails."""
    if not _is_possible():
        (pytest.fail if os.environ.get("TESTS_NEED_CONTAINERS") else pytest.skip)(NEEDS_ROOT)
    machine = Machine()
    try:
        yield machine
    finally:
        machine.close()
