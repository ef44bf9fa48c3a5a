"""The address that gunicorn binds, from HOST and PORT."""

import socket

ALL_IPV6, ALL_IPV4 = "::", "0.0.0.0"  # noqa: S104 - only if HOST says so


def listen_address(host: str, port: int) -> str:
    """`host` and `port` as gunicorn writes them.

    >>> listen_address("127.0.0.1", 8000), listen_address("::1", 8000)
    ('127.0.0.1:8000', '[::1]:8000')
    """
    host = available_host(host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def available_host(host: str) -> str:
    """`host`, but 0.0.0.0 instead of `::` on a machine without IPv6."""
    is_missing = host == ALL_IPV6 and not socket.has_dualstack_ipv6()
    return ALL_IPV4 if is_missing else host
