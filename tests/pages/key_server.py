"""A running app with API keys."""

import contextlib

from credit_scoring.access.api_key import new_key
from credit_scoring.access.key_store import KeyStore
from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import prepare_database
from tests.server_process import DEPLOYED, ROOT, run_server


@contextlib.contextmanager
def run_with_keys(folder, *scopes, **variables):
    """The address of an app, and the texts of its keys by scope; a key's name is its scope."""
    url = f"sqlite:///{folder}/decisions.db"
    keys = create_keys(url, scopes)
    variables = {"DATABASE_URL": url, **variables}
    with run_server(DEPLOYED, ROOT / "models/latest", folder / "log", **variables) as server:
        yield server.url, keys


def create_keys(url, scopes):
    engine = open_database(url)
    prepare_database(engine)
    keys = {scope: new_key(scope, [scope]) for scope in scopes}
    for key, _ in keys.values():
        KeyStore(engine).add(key)
    engine.dispose()
    return {scope: text for scope, (_, text) in keys.items()}


def sign_in(page, root, key):
    """Sign in with a key, by keyboard: the field has the focus."""
    page.goto(f"{root}/sign-in")
    type_key(page, key)
    page.locator(".signed-in").wait_for()


def type_key(page, key):
    """Type into the field, which takes the focus by itself, and press Enter."""
    page.locator("#key:focus").wait_for()
    page.keyboard.type(key)
    page.keyboard.press("Enter")
