"""Row 34 of docs/reliability.md: memory and descriptors stay flat while the model is swapped.

It takes a minute. TESTS_SOAK_MINUTES=5, or 60, makes it longer; `python bench/soak.py --swap 60`
sends batches, explanations and refused requests, too.
"""

import os
import shutil
import time
from statistics import linear_regression

import psutil

from credit_scoring.bundle.read_bundle import read_manifest
from tests.reliability.load_clients import LoadClients, wait_until
from tests.reliability.model_swaps import replace_folder, swap
from tests.server_process import DEPLOYED, PATIENCE, run_server
from tests.serving.small_bundle import EXAMPLE

MINUTES = float(os.environ.get("TESTS_SOAK_MINUTES", "1"))
SWAP_PERIOD = 2 * MINUTES  # seconds: 30 swaps whatever the length
CLIENTS = 4
# MB of all workers: what the second half of the soak may add. A model that is not freed costs 3 MB
# per swap, 45 MB in the half.
MAX_GROWTH = 15


def measure(master):
    """Memory (PSS, MB) and open descriptors of the master and the workers."""
    processes = [master, *master.children()]
    memory = sum(process.memory_full_info().pss for process in processes) / 1e6
    return memory, sum(process.num_fds() for process in processes)


def test_row_34_memory_and_descriptors_stay_flat_while_models_are_swapped(bundles, tmp_path):
    configured = shutil.copytree(bundles[0], tmp_path / "configured")
    versions = [read_manifest(bundle).version for bundle in bundles]
    variables = {"CREDIT_SCORING_MODEL_STORE": str(tmp_path / "models")}
    with run_server(DEPLOYED, configured, tmp_path / "log", **variables) as server:
        replace_folder(configured, bundles[1])
        assert swap(server, source=str(configured)).status_code == 200
        master = psutil.Process(server.process.pid)
        with LoadClients(server, EXAMPLE, CLIENTS) as report:
            wait_until(lambda: len(report.responses) > 100, seconds=PATIENCE)
            samples = []
            for number in range(30):
                time.sleep(SWAP_PERIOD)
                assert swap(server, version=versions[number % 2]).status_code == 200
                samples.append(measure(master))
                report.responses[:] = report.responses[-10:]  # the clients' memory
        assert server.get("/health/ready").json()["model"] == "ok"
    assert report.statuses == {200}
    assert not report.incomplete
    assert not report.unanswered
    memory, descriptors = zip(*samples[15:], strict=True)
    slope = linear_regression(range(len(memory)), memory).slope
    assert slope * len(memory) < MAX_GROWTH, memory
    assert max(descriptors) <= max(d for _, d in samples[:15]) + 4, descriptors
