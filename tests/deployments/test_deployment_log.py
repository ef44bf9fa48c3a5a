"""The log of deployments: compare-and-swap, order, and a database that refuses changes."""

import threading

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from credit_scoring.database.table_definitions import deployments
from credit_scoring.deployments.deployment_log import DeploymentLog
from credit_scoring.errors import DeploymentConflictError

VALUES = {
    "kind": "source",
    "version": "a" * 12,
    "digest": "a" * 64,
    "source": "models/latest",
    "revision": "",
    "who": "command line",
    "why": "a test",
}


@pytest.fixture
def log(engine):
    return DeploymentLog(engine)


def rows(engine):
    with engine.connect() as connection:
        return connection.execute(select(deployments)).all()


class TestLog:
    def test_empty_log_has_no_newest_deployment(self, log):
        assert log.newest() is None
        assert log.history() == []

    def test_deployments_are_numbered_and_name_what_they_replace(self, log):
        first = log.append(None, **VALUES)
        second = log.append(first, **{**VALUES, "version": "b" * 12})
        assert (first.number, first.replaced_version) == (1, "")
        assert (second.number, second.replaced_version) == (2, "a" * 12)
        assert log.newest() == second
        assert log.history() == [second, first]
        assert log.history(limit=1) == [second]
        assert log.find(lambda deployment: deployment.version == "a" * 12) == first
        assert log.find(lambda deployment: deployment.version == "c" * 12) is None

    @pytest.mark.parametrize("existing", [0, 1])
    def test_of_deployments_at_once_one_wins(self, log, engine, existing):
        """The first deployment of all is one, too."""
        newest = log.append(None, **VALUES) if existing else None
        barrier = threading.Barrier(8)
        outcomes = []

        def deploy(version):
            barrier.wait()
            try:
                outcomes.append(log.append(newest, **{**VALUES, "version": version}))
            except DeploymentConflictError as conflict:
                outcomes.append(conflict)

        threads = [threading.Thread(target=deploy, args=(f"v{number}",)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        winners = [outcome for outcome in outcomes if not isinstance(outcome, Exception)]
        assert winners == [log.newest()]
        assert len(outcomes) == 8
        assert len(rows(engine)) == existing + 1


class TestAppendOnly:
    @pytest.fixture(autouse=True)
    def deployment(self, log):
        return log.append(None, **VALUES)

    def assert_refused(self, engine, statement):
        before = rows(engine)
        refused = pytest.raises(IntegrityError, match="are appended, never changed")
        with refused, engine.begin() as connection:
            connection.execute(statement)
        assert rows(engine) == before

    def test_row_cannot_be_deleted(self, engine):
        self.assert_refused(engine, deployments.delete())

    @pytest.mark.parametrize("column", [column.name for column in deployments.columns])
    def test_row_cannot_be_changed(self, engine, column):
        self.assert_refused(engine, deployments.update().values({column: deployments.c[column]}))

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    @pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE"])
    def test_sqlite_row_cannot_be_replaced(self, engine, verb):
        self.assert_refused(
            engine,
            text(f"{verb} INTO deployments SELECT * FROM deployments"),  # noqa: S608
        )

    @pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
    def test_postgresql_table_cannot_be_truncated(self, engine):
        self.assert_refused(engine, text("TRUNCATE deployments CASCADE"))
