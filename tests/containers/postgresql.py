"""A PostgreSQL server in the network of the containers, with the databases of compose.yaml."""

import contextlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.containers.machine import checked
from tests.database_fixtures import postgresql_programs, skip_or_fail_without_postgresql
from tests.server_process import PATIENCE

AS_POSTGRES = ("setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups")


@contextlib.contextmanager
def run_postgresql(machine, services, addresses):
    """Serve at port 5432 of each address the database, user and password of the service there."""
    programs = postgresql_programs() or skip_or_fail_without_postgresql()
    with tempfile.TemporaryDirectory(prefix="containers-") as name:
        folder = Path(name)
        shutil.chown(folder, "postgres")
        with _run_server(machine, programs, folder, addresses):
            for service in addresses:
                _create_database(programs, folder, services[service]["environment"])
            yield


@contextlib.contextmanager
def _run_server(machine, programs, folder, addresses):
    settings = {
        "listen_addresses": ",".join(addresses.values()),
        "unix_socket_directories": folder,
        "fsync": "off",
    }
    options = [f"--{name}={value}" for name, value in settings.items()]
    initialise = [programs / "initdb", "--username", "tests", "--auth-host", "scram-sha-256"]
    checked([*AS_POSTGRES, *initialise, "--pgdata", folder / "data"], cwd=folder)
    command = [*AS_POSTGRES, programs / "postgres", "-D", folder / "data", *options]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            machine.network_command(*command), stdout=log, stderr=log, cwd=folder
        )
    try:
        _wait(programs, folder)
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _wait(programs, folder):
    ready = [programs / "pg_isready", "--host", folder, "--timeout", str(PATIENCE)]
    for _ in range(PATIENCE * 10):
        if subprocess.run(ready, check=False, capture_output=True).returncode == 0:
            return
    raise AssertionError((folder / "log").read_text())


def _create_database(programs, folder, environment):
    user, password, name = (environment[f"POSTGRES_{part}"] for part in ("USER", "PASSWORD", "DB"))
    connection = ["--host", folder, "--username", "tests", "--dbname", "postgres"]
    for statement in (
        f"CREATE ROLE {user} LOGIN PASSWORD '{password}'",
        f"CREATE DATABASE {name} OWNER {user}",
    ):
        checked([programs / "psql", *connection, "--command", statement], cwd=folder)
