"""Load on an HTTP server of this machine over kept-alive connections: by wrk where it is installed, else by threads.

wrk is in Debian's packages (apt-get install wrk). The threads cost the server a little more of the processor; ratios
between servers hardly differ.
"""

import contextlib
import json
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

CONNECTIONS = 8
SCRIPT = """
wrk.method, wrk.headers["Content-Type"] = "POST", "application/json"
local file = io.open("%s", "rb"); wrk.body = file:read("*a"); file:close()
done = function(summary, latency)
  local failed, e = 0, summary.errors
  for _, name in ipairs({"connect", "read", "write", "status", "timeout"}) do failed = failed + e[name] end
  io.write(string.format('\\n{"requests": %%d, "seconds": %%f, "p99": %%f, "failed": %%d}\\n',
    summary.requests - e.status, summary.duration / 1e6, latency:percentile(99) / 1e3, failed))
end
"""


@dataclass(frozen=True)
class Load:
    """What a server did: answers of 200, how long it took (s), the 99th percentile of the latency (ms), other ends."""

    requests: int
    seconds: float
    p99: float
    failed: int

    @property
    def rate(self):
        """Answers a second; RuntimeError where one was not 200, for then nothing was measured."""
        if self.failed or not self.requests:
            raise RuntimeError(
                f"{self.failed} of {self.requests + self.failed} requests failed: look at the server"
            )
        return self.requests / self.seconds


def load(url, body, *, seconds, connections=CONNECTIONS):
    """Post `body` (bytes of JSON) to `url` for so many seconds, each connection one request after the other."""
    return (_by_wrk if shutil.which("wrk") else by_threads)(url, body, seconds, connections)


def means():
    """What makes the load, in words."""
    return "wrk" if shutil.which("wrk") else "threads (wrk is not installed)"


def _by_wrk(url, body, seconds, connections):
    with tempfile.TemporaryDirectory() as folder:
        file, script = Path(folder) / "body.json", Path(folder) / "post.lua"
        file.write_bytes(body)
        script.write_text(SCRIPT % file)
        command = [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{seconds}s",
            "--timeout",
            "30s",
            "-s",
            script,
            url,
        ]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Load(**json.loads(text.rstrip().rsplit("\n", 1)[1]))


def by_threads(url, body, seconds, connections):
    latencies, failures = [], []
    end = time.perf_counter() + seconds
    threads = [
        threading.Thread(target=_ask, args=(url, body, end, latencies, failures))
        for _ in range(connections)
    ]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    p99 = sorted(latencies)[int(0.99 * len(latencies))] if latencies else 0.0
    return Load(len(latencies), time.perf_counter() - begun, 1e3 * p99, len(failures))


def _ask(url, body, end, latencies, failures):
    """One connection, until `end`: the seconds of each answer of 200, the first line of any other."""
    place = urlsplit(url)
    head = (
        f"POST {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: application/json\r\n"
    )
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError):
            while (begun := time.perf_counter()) < end:
                connection.sendall(request)
                line = _answer(connection)
                latencies.append(
                    time.perf_counter() - begun
                ) if b" 200 " in line else failures.append(line)
            return
    failures.append(b"the connection broke")


def _answer(connection):
    """The first line of one whole answer; OSError where it is cut off."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, rest = data.partition(b"\r\n\r\n")
    missing = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]) - len(rest)
    while missing > 0:
        missing -= len(_more(connection))
    return head.partition(b"\r\n")[0]


def _more(connection):
    data = connection.recv(1 << 16)
    if not data:
        raise ConnectionResetError("the answer is cut off")
    return data
