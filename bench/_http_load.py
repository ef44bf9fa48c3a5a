"""HTTP load over kept-alive connections: by wrk if it is installed, otherwise by threads.

wrk is a Debian package (apt-get install wrk). The threads take more of the processor from the
server; ratios between servers hardly differ.
"""

import json
import shutil
import socket
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO
from urllib.parse import urlsplit

CONNECTIONS = 8
TIMEOUT = 30  # seconds
WRK = shutil.which("wrk")
WRK_SCRIPT = """
wrk.method, wrk.headers["Content-Type"] = "POST", "application/json"
wrk.body = [==[%s]==]
done = function(summary, latency)
  local failed, e = 0, summary.errors
  for _, name in ipairs({"connect", "read", "write", "status", "timeout"}) do
    failed = failed + e[name]
  end
  local result = '\\n{"requests": %%d, "seconds": %%f, "p50": %%f, "p99": %%f, "failed": %%d}\\n'
  local p50, p99 = latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
  local answered, seconds = summary.requests - e.status, summary.duration / 1e6
  io.write(string.format(result, answered, seconds, p50, p99, failed))
end
"""


@dataclass(frozen=True)
class LoadResult:
    """What a server did under load.

    `requests` were answered 200 within `seconds`; `p50` and `p99` are percentiles of their latency
    (ms).
    """

    requests: int
    seconds: float
    p50: float
    p99: float
    failed: int

    @property
    def rate(self) -> float:
        """Responses per second; RuntimeError if a request failed."""
        if self.failed or not self.requests:
            raise RuntimeError(f"{self}: look at the server")
        return self.requests / self.seconds


def generate_load(
    url: str, body: bytes, *, seconds: float, connections: int = CONNECTIONS
) -> LoadResult:
    """Post `body` (JSON) to `url` for `seconds`, one request after the other per connection."""
    generate = _by_wrk if WRK else by_threads
    return generate(url, body, seconds, connections)


def generator_name() -> str:
    """What generates the load."""
    return "wrk" if WRK else "threads (wrk is not installed)"


def _by_wrk(url: str, body: bytes, seconds: float, connections: int) -> LoadResult:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(WRK_SCRIPT % body.decode())
        script.flush()
        options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", f"{TIMEOUT}s"]
        command = ["wrk", *options, "-s", script.name, url]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return LoadResult(**json.loads(text.rstrip().rsplit("\n", 1)[1]))


def by_threads(url: str, body: bytes, seconds: float, connections: int) -> LoadResult:
    """Generate load by one thread per connection."""
    latencies: list[float] = []
    failures: list[str] = []
    start = time.perf_counter()
    send = partial(_send, url, body, start + seconds, latencies, failures)
    with ThreadPoolExecutor(connections) as pool:
        for sender in [pool.submit(send) for _ in range(connections)]:
            sender.result()
    seconds = time.perf_counter() - start
    ranked = sorted(latencies) or [0.0]
    p50, p99 = (1e3 * ranked[int(share * len(ranked))] for share in (0.5, 0.99))
    return LoadResult(len(latencies), seconds, p50, p99, len(failures))


def _send(url: str, body: bytes, end: float, latencies: list[float], failures: list[str]) -> None:
    """Send requests over one connection until `end`, and record latencies (s) and failures."""
    address = urlsplit(url)
    request = _request(address.path, address.netloc, body)
    try:
        with (
            socket.create_connection((address.hostname or "", address.port or 80), TIMEOUT) as link,
            link.makefile("rb") as responses,
        ):
            while (start := time.perf_counter()) < end:
                link.sendall(request)
                status_line = _read_response(responses)
                if b" 200 " in status_line:
                    latencies.append(time.perf_counter() - start)
                else:
                    failures.append(status_line.decode())
    except OSError as error:
        failures.append(str(error))


def _request(path: str, host: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _read_response(responses: BinaryIO) -> bytes:
    """Read a whole response and return its status line; OSError if it is incomplete."""
    status_line = responses.readline()
    length = 0
    while (header := responses.readline()).strip():
        name, _, value = header.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    if len(responses.read(length)) < length or not status_line:
        raise ConnectionResetError("the response is incomplete")
    return status_line
