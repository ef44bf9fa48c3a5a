import dataclasses
import shutil

import pytest

from credit_scoring.serving.app_factory import DATABASE, create_app
from credit_scoring.serving.service import EXTENSION
from credit_scoring.settings import load_settings
from tests.server_process import scratch_settings
from tests.serving.small_bundle import write


@pytest.fixture(scope="session")
def bundle_folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("bundle") / "latest")


@pytest.fixture(scope="session")
def second_bundle(tmp_path_factory):
    """A bundle with another model."""
    return write(tmp_path_factory.mktemp("second") / "latest", seed=1)


@pytest.fixture
def folder(tmp_path, bundle_folder):
    """A folder with the bundle, which a test may replace: CREDIT_SCORING_MODEL_PATH of its app."""
    return shutil.copytree(bundle_folder, tmp_path / "configured")


@pytest.fixture(scope="session")
def app_settings(bundle_folder, tmp_path_factory):
    settings = load_settings(scratch_settings(tmp_path_factory.mktemp("service")))
    return dataclasses.replace(settings, model_path=bundle_folder, max_body_bytes=1 << 16)


@pytest.fixture(scope="session")
def make_app():
    """Create apps from settings; at the end their database connections are closed."""
    apps = []

    def make_app(settings, platform=None):
        apps.append(create_app(settings, platform))
        return apps[-1]

    yield make_app
    for app in apps:
        app.extensions[EXTENSION].log._writer.close()
        app.extensions[DATABASE].dispose()


@pytest.fixture(scope="session")
def app(make_app, app_settings):
    return make_app(app_settings)


@pytest.fixture
def client(app):
    return app.test_client()
