"""Files that look like a bundle, a TLS server, and settings."""

import pytest

from tests.model_sources.hub_server import HubServer
from tests.model_sources.tar_archives import tar_of
from tests.model_sources.tls_server import HOST, TestAuthority, TlsServer, loopback_network

FILES = {
    "model.json": b"{}", "model.pkl": b"pickle", "term_model.txt": b"tree\n",
    "MODEL_CARD.md": b"# Card\n",
}  # fmt: skip


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return TestAuthority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def server_context(authority):
    return authority.server_context(HOST)


@pytest.fixture
def server(server_context):
    """A TLS server that answers with a bundle's tar file."""
    with TlsServer(server_context) as running:
        running.body = tar_of(FILES)
        yield running


@pytest.fixture
def network(authority):
    return loopback_network(authority)


@pytest.fixture
def hub():
    """A Hugging Face Hub without repositories."""
    with HubServer() as running:
        yield running
