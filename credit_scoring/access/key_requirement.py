"""Whether the API requires a key even if none was ever created.

Keys are in the database. Without this rule, a service that loses its database would be open to
everybody after a restart.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from credit_scoring.access.ip_address import parse_address

HOST = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::\d*)?")  # with an optional port


@dataclass(slots=True)
class KeyRequirement:
    """CREDIT_SCORING_KEYS (`policy`), applied to where the service can be reached from.

    `platform` is the hosting platform, if any. `hosts` are the addresses that the server listens
    on; while they are unknown, the server's name in each request stands for them.
    """

    policy: str
    platform: str | None = None
    hosts: tuple[str, ...] = ()

    def applies(self, server_name: str) -> bool:
        """Whether a key is required; `server_name` is SERVER_NAME of the WSGI environment."""
        if self.policy != "auto":
            return self.policy == "on"
        hosts = self.hosts or (server_name,)
        return self.platform is not None or not all(map(is_loopback, hosts))


@lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to `host`; False for the path of a Unix socket."""
    address = parse_address(host)
    return host == "localhost" if address is None else address.is_loopback


@lru_cache(maxsize=64)
def is_loopback_host(header: str) -> bool:
    """Whether a Host header names this machine: localhost or a loopback address, with any port."""
    host = HOST.fullmatch(header.lower())
    if host is None:
        return False
    return is_loopback(host[1]) or host[1].endswith(".localhost")
