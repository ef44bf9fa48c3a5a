"""HTTP load over kept-alive connections: by wrk if it is installed, otherwise by threads.

wrk is a Debian package (apt-get install wrk). The threads take more of the processor from the
server; ratios between servers hardly differ.
"""

import json
import shutil
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

CONNECTIONS = 8
TIMEOUT = 30  # seconds
WRK_SCRIPT = """
wrk.method, wrk.headers["Content-Type"] = "POST", "application/json"
local file = io.open("%s", "rb"); wrk.body = file:read("*a"); file:close()
done = function(summary, latency)
  local failed, e = 0, summary.errors
  for _, name in ipairs({"connect", "read", "write", "status", "timeout"}) do
    failed = failed + e[name]
  end
  io.write(string.format('\\n{"requests": %%d, "seconds": %%f, "p99": %%f, "failed": %%d}\\n',
    summary.requests - e.status, summary.duration / 1e6, latency:percentile(99) / 1e3, failed))
end
"""


@dataclass(frozen=True)
class LoadResult:
    """What a server did under load.

    `requests` were answered 200 within `seconds`; `p99` is their latency's 99th percentile (ms).
    """

    requests: int
    seconds: float
    p99: float
    failed: int

    @property
    def rate(self) -> float:
        """Responses per second; RuntimeError if a request failed."""
        if self.failed or not self.requests:
            sent = self.requests + self.failed
            raise RuntimeError(f"{self.failed} of {sent} requests failed: look at the server")
        return self.requests / self.seconds


def generate_load(
    url: str, body: bytes, *, seconds: float, connections: int = CONNECTIONS
) -> LoadResult:
    """Post `body` (JSON) to `url` for `seconds`, one request after the other per connection."""
    generate = _by_wrk if shutil.which("wrk") else by_threads
    return generate(url, body, seconds, connections)


def generator_name() -> str:
    """What generates the load."""
    return "wrk" if shutil.which("wrk") else "threads (wrk is not installed)"


def _by_wrk(url: str, body: bytes, seconds: float, connections: int) -> LoadResult:
    with tempfile.TemporaryDirectory() as folder:
        body_file = Path(folder) / "body.json"
        body_file.write_bytes(body)
        script = Path(folder) / "post.lua"
        script.write_text(WRK_SCRIPT % body_file)
        options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", f"{TIMEOUT}s"]
        command = ["wrk", *options, "-s", str(script), url]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return LoadResult(**json.loads(text.rstrip().rsplit("\n", 1)[1]))


def by_threads(url: str, body: bytes, seconds: float, connections: int) -> LoadResult:
    """Generate load by one thread per connection."""
    latencies: list[float] = []
    failures: list[str] = []
    start = time.perf_counter()
    arguments = (url, body, start + seconds, latencies, failures)
    threads = [threading.Thread(target=_send, args=arguments) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    p99 = sorted(latencies)[int(0.99 * len(latencies))] if latencies else 0.0
    return LoadResult(len(latencies), time.perf_counter() - start, 1e3 * p99, len(failures))


def _send(url: str, body: bytes, end: float, latencies: list[float], failures: list[str]) -> None:
    """Send requests over one connection until `end`, and record latencies (s) and failures."""
    address = urlsplit(url)
    connection = HTTPConnection(address.netloc, timeout=TIMEOUT)
    try:
        while (start := time.perf_counter()) < end:
            connection.request("POST", address.path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            response.read()
            if response.status == HTTPStatus.OK:
                latencies.append(time.perf_counter() - start)
            else:
                failures.append(f"{response.status} {response.reason}")
    except (OSError, HTTPException) as error:
        failures.append(repr(error))
    finally:
        connection.close()
