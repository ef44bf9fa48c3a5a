import dataclasses

import pytest
from small_bundle import write

from credit_scoring.serving.factory import DATABASE, create_app
from credit_scoring.settings import load_settings


@pytest.fixture(scope="session")
def bundle_folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("bundle") / "latest")


@pytest.fixture(scope="session")
def app_settings(bundle_folder, tmp_path_factory):
    database = f"sqlite:///{tmp_path_factory.mktemp('database')}/decisions.db"
    settings = load_settings({"DATABASE_URL": database})
    return dataclasses.replace(settings, model_path=bundle_folder, max_body_bytes=1 << 16)


@pytest.fixture(scope="session")
def app(app_settings):
    created = create_app(app_settings)
    yield created
    created.extensions[DATABASE].dispose()


@pytest.fixture
def client(app):
    return app.test_client()
