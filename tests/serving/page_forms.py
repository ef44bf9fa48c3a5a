"""Forms of the pages, posted as a browser does."""

import re

HTML = {"Accept": "text/html,*/*;q=0.8"}


def csrf_token(client, path="/"):
    """The token of the page at `path`; the client keeps the cookie that it belongs to."""
    page = client.get(path, headers=HTML)
    return re.search(r'<meta name="csrf-token" content="(\w+)"', page.text)[1]


def post_form(client, path, page="/", **fields):
    """The answer to a form with `fields` and the token of the page at `page`."""
    fields = {**fields, "csrf_token": csrf_token(client, page)}
    return client.post(path, data=fields, headers=HTML)
