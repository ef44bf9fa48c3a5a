"""A standalone Spark cluster on this machine: a master and workers, each a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from tests.server_process import PATIENCE, free_port

MASTER = "org.apache.spark.deploy.master.Master"
WORKER = "org.apache.spark.deploy.worker.Worker"
HOST = "127.0.0.1"


class SparkCluster:
    """`url` is what `--master` takes. Workers have one core each."""

    def __init__(self, folder):
        self._folder = folder
        self._processes = []
        self._page = free_port()
        self.url = f"spark://{HOST}:{free_port()}"

    def start(self, workers):
        port = self.url.rpartition(":")[2]
        self._start(MASTER, "--host", HOST, "--port", port, "--webui-port", str(self._page))
        self.wait_for_workers(0)
        for number in range(workers):
            self.start_worker(number)
        self.wait_for_workers(workers)

    def start_worker(self, number):
        options = ["--cores", "1", "--memory", "1g", "--webui-port", str(free_port())]
        options += ["--work-dir", str(self._folder / f"worker-{number}")]
        self._start(WORKER, "--host", HOST, *options, self.url)

    def kill_worker(self):
        """Kill a worker and its executor, as when the machine loses its power."""
        os.killpg(self._processes.pop().pid, signal.SIGKILL)

    def workers_alive(self):
        try:
            with urlopen(f"http://{HOST}:{self._page}/json/") as answer:
                return json.load(answer)["aliveworkers"]
        except (OSError, ValueError):  # the page of a master that starts may be empty
            return None

    def wait_for_workers(self, count):
        end = time.monotonic() + PATIENCE
        while self.workers_alive() != count:
            assert time.monotonic() < end, f"not {count} workers"
            assert all(process.poll() is None for process in self._processes)
            time.sleep(0.2)

    def stop(self):
        for process in self._processes:
            os.killpg(process.pid, signal.SIGKILL)
        for process in self._processes:
            process.wait()

    def _start(self, *arguments):
        import pyspark

        home = Path(pyspark.__file__).parent
        environment = os.environ | {
            "SPARK_HOME": str(home), "SPARK_LOCAL_IP": HOST, "SPARK_DAEMON_MEMORY": "256m",
            "SPARK_LOCAL_DIRS": str(self._folder / "local"), "PYSPARK_PYTHON": sys.executable,
        }  # fmt: skip
        with (self._folder / f"log-{len(self._processes)}.txt").open("w") as log:
            command = [home / "bin" / "spark-class", *arguments]
            self._processes.append(
                subprocess.Popen(
                    command, cwd=self._folder, env=environment, stdout=log, stderr=log,
                    start_new_session=True,
                )
            )  # fmt: skip


@contextmanager
def running_cluster(folder, workers=2):
    cluster = SparkCluster(folder)
    try:
        cluster.start(workers)
        yield cluster
    finally:
        cluster.stop()
