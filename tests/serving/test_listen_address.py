"""HOST=:: listens by IPv6 and IPv4, or by IPv4 where IPv6 does not exist."""

import doctest
import socket

import pytest

from credit_scoring.serving import listen_address
from tests.server_process import DEPLOYED, ROOT, run_server


def test_example_is_right():
    assert doctest.testmod(listen_address).failed == 0


@pytest.mark.parametrize(("has_ipv6", "address"), [(True, "[::]:8000"), (False, "0.0.0.0:8000")])
def test_all_addresses_are_those_of_the_machine(monkeypatch, has_ipv6, address):
    monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: has_ipv6)
    assert listen_address.listen_address("::", 8000) == address


def test_named_address_is_not_replaced(monkeypatch):
    monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: False)
    assert listen_address.listen_address("::1", 8000) == "[::1]:8000"


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_all_addresses_are_reached_by_both_protocols(tmp_path):
    model = ROOT / "models/latest"
    with run_server(DEPLOYED, model, tmp_path / "log", HOST="::") as server:
        for address in ("::1", "127.0.0.1"):
            with socket.create_connection((address, server.port)) as connection:
                connection.sendall(b"GET /health/live HTTP/1.0\r\n\r\n")
                assert connection.recv(1 << 10).startswith(b"HTTP/1.0 200 OK")
