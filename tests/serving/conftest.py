import dataclasses

import pytest
from small_bundle import write

from credit_scoring.serving.factory import create_app
from credit_scoring.settings import load_settings


@pytest.fixture(scope="session")
def bundle_folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("bundle") / "latest")


@pytest.fixture(scope="session")
def app(bundle_folder):
    return create_app(dataclasses.replace(load_settings({}), model_path=bundle_folder, max_body_bytes=1 << 16))


@pytest.fixture
def client(app):
    return app.test_client()
