"""The client's address, scheme and path from the headers of trusted proxies."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from werkzeug.http import parse_list_header
from werkzeug.middleware.proxy_fix import ProxyFix

SCHEME = "HTTP_X_FORWARDED_PROTO"


def register(app: Flask, proxies: int) -> None:
    """Trust the last `proxies` values of X-Forwarded-For, X-Forwarded-Proto and -Prefix."""
    trusting = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_prefix=proxies)

    def wsgi_app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if scheme := environ.get(SCHEME):
            environ[SCHEME] = pad_schemes(scheme, proxies)
        return trusting(environ, start_response)

    app.wsgi_app = wsgi_app  # type: ignore[method-assign]


def pad_schemes(header: str, proxies: int) -> str:
    """X-Forwarded-Proto with a value per proxy.

    Proxies append their client to X-Forwarded-For, but most pass the scheme on or replace it, so
    that one value stands for all. ProxyFix ignores a header with fewer values than proxies.

    >>> pad_schemes("https", 2), pad_schemes("https, http", 2), pad_schemes("ftp, https, http", 2)
    ('https, https', 'https, http', 'ftp, https, http')
    """
    values = parse_list_header(header)
    missing = proxies - len(values)
    return ", ".join([*values[:1] * max(missing, 0), *values])
