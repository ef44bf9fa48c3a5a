"""IP addresses as proxies and sockets write them."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

WITH_PORT = re.compile(r"\[([^\]]+)\](?::\d+)?|([\d.]+):\d+")  # [v6], [v6]:port, v4:port


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address in `text`, without port and zone; None if there is none.

    An IPv4 address that an IPv6 socket reports (`::ffff:192.0.2.7`) is returned as IPv4.
    """
    match = WITH_PORT.fullmatch(text.strip())
    host = match[1] or match[2] if match else text.strip()
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
