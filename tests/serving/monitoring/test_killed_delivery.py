"""A server is killed after it stored a change of an alarm: the change is sent after the restart."""

import contextlib
import sqlite3
import time

import psutil
import pytest

from tests.monitoring.alarms.receiver import run_receiver
from tests.server_process import DEPLOYED, PATIENCE, run_server, wait_until
from tests.serving.small_bundle import EXAMPLE

SECRET = "whsec_" + "c3Nz" * 10 + "c3M="
EAGER = '[[rules]]\nname = "no-reference"\nminimum = 3\n'


def changes(log):
    """The id, the attempts and the time of delivery of each change; [] before there is a table."""
    query = "SELECT change_id, attempts, sent_at FROM alarm_changes"
    with contextlib.closing(sqlite3.connect(f"{log}.db")) as connection:
        return connection.execute(query).fetchall()


def kill(server):
    """The whole server, as when the machine loses its power."""
    workers = psutil.Process(server.process.pid).children()
    server.process.kill()
    for worker in workers:
        worker.kill()
    psutil.wait_procs(workers, timeout=PATIENCE)


def hang(_handler):
    """The receiver has read the change, and never answers."""
    time.sleep(PATIENCE)


@pytest.fixture
def variables(tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text(EAGER)
    return {
        "CREDIT_SCORING_KEYS": "off",
        "CREDIT_SCORING_MONITORING_SECONDS": "1",
        "CREDIT_SCORING_ALARM_RULES": str(rules),
        "CREDIT_SCORING_WEBHOOK_SECRET": SECRET,
        "CREDIT_SCORING_MODEL_STORE": str(tmp_path / "models"),
    }


def decide_three_times(server):
    for _ in range(3):
        assert server.post(EXAMPLE).status_code == 200


def test_change_that_was_stored_and_not_sent_is_sent_after_the_restart(
    bundle_folder, tmp_path, variables
):
    """Stored by a service without a webhook, so that the kill comes before any attempt."""
    log = tmp_path / "log"
    with run_server(DEPLOYED, bundle_folder, log, **variables) as server:
        decide_three_times(server)
        wait_until(lambda: changes(log))
        kill(server)
    ((change_id, attempts, sent_at),) = changes(log)
    assert (attempts, sent_at) == (0, None)
    with run_receiver() as receiver:
        variables["CREDIT_SCORING_WEBHOOK_URL"] = receiver.url
        with run_server(DEPLOYED, bundle_folder, log, **variables):
            wait_until(lambda: changes(log)[0][2])
    assert set(receiver.ids) == {change_id}  # again under the same id if the answer came too late


def test_change_that_was_being_sent_is_sent_again_under_the_same_id(
    bundle_folder, tmp_path, variables
):
    log = tmp_path / "log"
    with run_receiver() as receiver:
        receiver.answers = [hang]
        variables["CREDIT_SCORING_WEBHOOK_URL"] = receiver.url
        with run_server(DEPLOYED, bundle_folder, log, **variables) as server:
            decide_three_times(server)
            wait_until(lambda: receiver.ids)
            kill(server)
        assert [row[1:] for row in changes(log)] == [(1, None)]
        with run_server(DEPLOYED, bundle_folder, log, **variables):
            wait_until(lambda: changes(log)[0][2])
    assert len(receiver.ids) == 2
    assert receiver.ids[0] == receiver.ids[1] == changes(log)[0][0]
