"""Browsers that sign in with an API key."""

import dataclasses

from credit_scoring.access.api_key import SCOPES, new_key
from credit_scoring.access.key_store import KeyStore
from credit_scoring.serving.app_factory import DATABASE
from tests.serving.page_forms import post_form


def app_with_keys(make_app, app_settings, folder, platform=None, **settings):
    """An app with a key of each scope, named after it, in a database in `folder`; their texts."""
    settings = {"database_url": f"sqlite:///{folder}/decisions.db", **settings}
    app = make_app(dataclasses.replace(app_settings, **settings), platform)
    return app, {scope: add_key(app, scope) for scope in SCOPES}


def add_key(app, scope, **arguments):
    """The text of a new key with `scope`, which is also its name."""
    key, text = new_key(scope, [scope], **arguments)
    KeyStore(app.extensions[DATABASE]).add(key)
    return text


def sign_in(client, key, path="/sign-in"):
    """The answer to the form of the sign-in."""
    return post_form(client, path, path, key=key)
