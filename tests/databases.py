"""Databases for the tests: a new SQLite file or PostgreSQL database a test.

PostgreSQL is the machine's own, started once a session as a private cluster: its files in a temporary folder, on a free
port, under another user than root. Where it is not installed its tests are skipped and say how to get it; with
TESTS_NEED_POSTGRESQL set (as .ci/run does) they fail instead.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

import psycopg
import pytest

from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import migrate
from tests.running import free_port

ABSENT = "PostgreSQL is not installed, on Debian and Ubuntu: apt-get install postgresql"
QUICK = "-c fsync=off -c autovacuum=off -c full_page_writes=off -c max_connections=60 -c max_wal_size=64MB"
TEMPLATE = "migrated"


class Cluster:
    """A private PostgreSQL server: started and stopped at will, a database for whoever asks."""

    def __init__(self, programs: Path, folder: Path):
        self._programs, self._folder, self.port = programs, folder, free_port()
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(folder, self._user)
        self._run(
            "initdb",
            "--pgdata",
            folder / "data",
            "--username",
            "tests",
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
        )
        self.start()

    def start(self):
        options = f"{QUICK} -c port={self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder}"
        self._control("start", "--log", self._folder / "log", "--options", options)

    def stop(self, mode="immediate"):
        """At once, as a failure does it: whoever is connected is cut off, nothing is tidied."""
        self._control("stop", "--mode", mode)

    def url(self, name):
        return f"postgresql://tests@127.0.0.1:{self.port}/{name}"

    def sql(self, statement):
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    @contextlib.contextmanager
    def database(self, template="template1"):
        """A new database for a while; its URL."""
        name = f"t{uuid.uuid4().hex}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            self.sql(f"DROP DATABASE {name} WITH (FORCE)")

    def _control(self, what, *options):
        self._run("pg_ctl", what, "--pgdata", self._folder / "data", "--wait", *options)

    def _run(self, program, *arguments):
        # its output into a file: a server that goes on running would keep a pipe open for ever
        with (self._folder / "said").open("w+") as said:
            command = [self._programs / program, *map(str, arguments)]
            done = subprocess.run(
                command, stdout=said, stderr=said, user=self._user, cwd=self._folder, check=False
            )
            said.seek(0)
            assert done.returncode == 0, said.read()


def programs():
    """The folder of PostgreSQL's programs, the newest version's; None where it is not installed."""
    known = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
    )
    found = shutil.which("initdb")
    return known[-1] if known else found and Path(found).resolve().parent


def without_postgresql():
    (pytest.fail if os.environ.get("TESTS_NEED_POSTGRESQL") else pytest.skip)(ABSENT)


@pytest.fixture(scope="session")
def cluster():
    found = programs() or without_postgresql()
    with tempfile.TemporaryDirectory(prefix="postgresql-", ignore_cleanup_errors=True) as folder:
        running = Cluster(found, Path(folder))
        running.sql(f"CREATE DATABASE {TEMPLATE}")
        engine = open_database(running.url(TEMPLATE))
        migrate(engine)
        engine.dispose()
        yield running
        running.stop("fast")


@pytest.fixture
def postgresql_url(cluster):
    """A new PostgreSQL database whose tables are there."""
    with cluster.database(TEMPLATE) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path):
    """A new database without tables, of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/data/decisions.db"
        return
    with request.getfixturevalue("cluster").database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """A new database whose tables are there, of each kind."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql_url")
    url = f"sqlite:///{tmp_path}/data/decisions.db"
    engine = open_database(url)
    migrate(engine)
    engine.dispose()
    return url


@pytest.fixture
def engine(database_url):
    opened = open_database(database_url)
    yield opened
    opened.dispose()
