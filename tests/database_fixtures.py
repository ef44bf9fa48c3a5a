"""Database fixtures: a new SQLite file or PostgreSQL database for each test.

PostgreSQL runs as a private cluster, started once per session from the installed programs: its
files are in a temporary folder, its port is free, and its user is not root. If PostgreSQL is not
installed, its tests are skipped with a hint; with TESTS_NEED_POSTGRESQL set they fail instead.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

import psutil
import psycopg
import pytest

from credit_scoring.database import time_limit
from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import migrate
from tests.server_process import PATIENCE, free_port

NOT_INSTALLED = "PostgreSQL is not installed, on Debian and Ubuntu: apt-get install postgresql"
# Faster and less durable than PostgreSQL's defaults.
SERVER_OPTIONS = (
    "-c fsync=off -c autovacuum=off -c full_page_writes=off -c max_connections=60 "
    "-c max_wal_size=64MB -c listen_addresses=127.0.0.1"
)
TEMPLATE = "migrated"  # a migrated database, copied for each test


class PostgresqlCluster:
    """A private PostgreSQL server that a test can stop and start."""

    def __init__(self, programs: Path, folder: Path):
        self._programs = programs
        self._folder = folder
        self.port = free_port()
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(folder, self._user)
        options = "--username tests --auth trust --encoding UTF8"
        self._run("initdb", "--pgdata", folder / "data", *options.split())
        self.start()

    def start(self):
        options = f"{SERVER_OPTIONS} -c port={self.port} -c unix_socket_directories={self._folder}"
        self._control("start", "--log", self._folder / "log", "--options", options)

    def stop(self, mode="immediate"):
        """Stop the server; "immediate" cuts off all clients without cleanup, as a crash does."""
        self._control("stop", "--mode", mode)

    @contextlib.contextmanager
    def frozen(self):
        """All processes of the server are stopped during the block, as by a stalled disk."""
        main_process = psutil.Process(self._process_id())
        main_process.suspend()  # before its children: it starts no more
        processes = [main_process, *main_process.children()]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()
        try:
            yield
        finally:
            for process in processes:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.resume()

    def _process_id(self):
        return int((self._folder / "data/postmaster.pid").read_text().split()[0])

    def url(self, name):
        return f"postgresql://tests@127.0.0.1:{self.port}/{name}"

    def sql(self, statement):
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    @contextlib.contextmanager
    def database(self, template="template1"):
        """The URL of a new database, dropped at the end of the block."""
        name = f"t{uuid.uuid4().hex}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            self.sql(f"DROP DATABASE {name} WITH (FORCE)")

    def _control(self, command, *options):
        self._run("pg_ctl", command, "--pgdata", self._folder / "data", "--wait", *options)

    def _run(self, program, *arguments):
        # output goes to a file: a server that keeps running would keep a pipe open
        command = [self._programs / program, *map(str, arguments)]
        with (self._folder / "output").open("w+") as output:
            result = subprocess.run(
                command,
                stdout=output,
                stderr=output,
                user=self._user,
                cwd=self._folder,
                check=False,
            )
            output.seek(0)
            assert result.returncode == 0, output.read()


def postgresql_programs():
    """The folder of the newest PostgreSQL's programs; None if it is not installed."""
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    initdb = shutil.which("initdb")
    default = Path(initdb).resolve().parent if initdb else None
    return max(folders, key=lambda folder: int(folder.parent.name), default=default)


def skip_or_fail_without_postgresql():
    (pytest.fail if os.environ.get("TESTS_NEED_POSTGRESQL") else pytest.skip)(NOT_INSTALLED)


def migrate_database(url):
    engine = open_database(url, limited=False)
    migrate(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def cluster():
    programs = postgresql_programs() or skip_or_fail_without_postgresql()
    with tempfile.TemporaryDirectory(prefix="postgresql-", ignore_cleanup_errors=True) as folder:
        postgresql = PostgresqlCluster(programs, Path(folder))
        postgresql.sql(f"CREATE DATABASE {TEMPLATE}")
        migrate_database(postgresql.url(TEMPLATE))
        yield postgresql
        postgresql.stop("fast")


@pytest.fixture
def postgresql_url(cluster):
    """A new, migrated PostgreSQL database."""
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
    """A new, migrated database of each kind."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql_url")
    url = f"sqlite:///{tmp_path}/data/decisions.db"
    migrate_database(url)
    return url


@pytest.fixture
def patient(monkeypatch):
    """A time limit that a busy machine does not reach."""
    monkeypatch.setattr(time_limit, "TIMEOUT", PATIENCE)


@pytest.fixture
def engine(database_url, patient):  # noqa: ARG001
    engine = open_database(database_url)
    yield engine
    engine.dispose()
