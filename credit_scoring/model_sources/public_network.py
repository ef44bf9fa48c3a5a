"""TLS connections to public addresses only, each with a deadline.

A host name is resolved once. Every address must be public, and the connection goes to an address
that was checked: a second answer of the name server (DNS rebinding) has no effect.
"""

import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

from credit_scoring.deadline_socket import Deadline, resolve_in_time
from credit_scoring.errors import SourceError, SourceUnavailableError

Address: TypeAlias = IPv4Address | IPv6Address
GLOBAL_UNICAST = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
CONNECT_TIMEOUT = 10  # seconds per address
LOOK_UP_TIMEOUT = 10  # seconds


def is_public(address: Address) -> bool:
    """Whether an address is public, on the Internet.

    >>> [is_public(ip_address(text)) for text in ("1.1.1.1", "10.0.0.1", "::ffff:127.0.0.1")]
    [True, False, False]
    """
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast
    if address in NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    is_tunnel = address.sixtofour is not None or address.teredo is not None
    return address in GLOBAL_UNICAST and address.is_global and not is_tunnel


def resolve_host(host: str, port: int) -> list[str]:
    """The addresses of a host; OSError if it has none or the name server does not answer."""
    return resolve_in_time(host, port, Deadline(LOOK_UP_TIMEOUT))


@dataclass(frozen=True)
class Network:
    """How names are resolved, which addresses are allowed, and whose certificates are trusted.

    The default is the Internet. Tests give another one; no setting does.
    """

    resolve: Callable[[str, int], Sequence[str]] = resolve_host
    is_allowed: Callable[[Address], bool] = is_public
    tls_context: Callable[[], ssl.SSLContext] = ssl.create_default_context


def open_tls(host: str, port: int, deadline: Deadline, network: Network) -> ssl.SSLSocket:
    """A TLS connection to a checked address of `host`.

    SourceError if an address is not allowed, SourceUnavailableError if none can be connected to.
    """
    addresses = _checked_addresses(host, port, network)
    connection = _connect(host, addresses, port, deadline)
    try:
        connection.settimeout(deadline.remaining())
        return network.tls_context().wrap_socket(connection, server_hostname=host)
    except BaseException:
        connection.close()
        raise


def _checked_addresses(host: str, port: int, network: Network) -> list[str]:
    try:
        addresses = list(network.resolve(host, port))
    except OSError as error:
        reason = f"the name cannot be resolved ({error.strerror})"
        raise SourceUnavailableError(f"{host}: {reason}: check the name and the network") from error
    for address in addresses:
        if not network.is_allowed(ip_address(address.partition("%")[0])):
            reason = f"{host} has the address {address}, which is not public"
            raise SourceError(f"{reason}: fetch the model from a host on the Internet")
    return addresses


def _connect(host: str, addresses: Sequence[str], port: int, deadline: Deadline) -> socket.socket:
    reason = "it has no address"
    for address in addresses:
        try:
            return socket.create_connection(
                (address, port), timeout=min(CONNECT_TIMEOUT, deadline.remaining())
            )
        except OSError as error:
            reason = error.strerror or str(error)
    raise SourceUnavailableError(
        f"{host} cannot be reached at port {port} ({reason}): check that it is up"
    )
