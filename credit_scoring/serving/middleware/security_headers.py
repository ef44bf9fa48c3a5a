"""Security headers of every response, and CORS: the origins that may call the API."""

import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, request

from credit_scoring.settings import Settings

# Scripts, styles and images come from the app; nothing is inline. Swagger UI uses `data:` images.
NO_FRAMES = "frame-ancestors 'none'"
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; "
    f"form-action 'self'; object-src 'none'; {NO_FRAMES}",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ALLOWED_HEADERS = "Authorization, Content-Type, Idempotency-Key, X-Request-ID"
EXPOSED_HEADERS = (
    "Retry-After, RateLimit-Limit, RateLimit-Policy, RateLimit-Remaining, RateLimit-Reset, "
    "X-Request-ID, Idempotent-Replayed, Accept-Post, Accept-Encoding"
)
PREFLIGHT_MAX_AGE = "600"  # seconds that a browser may cache a preflight response


def headers_for(frame_ancestors: Sequence[str]) -> dict[str, str]:
    """The security headers of an app that the pages of some origins may show in a frame.

    X-Frame-Options cannot name origins: without it, browsers obey the policy alone.
    """
    if not frame_ancestors:
        return SECURITY_HEADERS
    headers = {name: text for name, text in SECURITY_HEADERS.items() if name != "X-Frame-Options"}
    policy = headers["Content-Security-Policy"].replace(
        NO_FRAMES, f"frame-ancestors {' '.join(frame_ancestors)}"
    )
    return {**headers, "Content-Security-Policy": policy}


class SecurityHeaders:
    """WSGI middleware that appends the same security headers to every response.

    In a hook of Flask they would take 40 µs of each request: Werkzeug validates and copies them.
    """

    def __init__(
        self, wsgi_app: WSGIApplication, hsts_seconds: int, frame_ancestors: Sequence[str] = ()
    ) -> None:
        hsts = ("Strict-Transport-Security", f"max-age={hsts_seconds}")
        self._wsgi_app = wsgi_app
        self._headers = list(headers_for(frame_ancestors).items())
        self._tls_headers = [*self._headers, hsts] if hsts_seconds else self._headers

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Call the application; its `start_response` appends the headers."""
        is_secure = environ["wsgi.url_scheme"] == "https"
        security_headers = self._tls_headers if is_secure else self._headers

        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            return start_response(status, headers + security_headers, *exc_info)

        return self._wsgi_app(environ, start)


def register(app: Flask, settings: Settings) -> None:
    """Add the headers to every response of `app`; call it before ProxyFix is applied."""
    origins = frozenset(settings.allowed_origins)

    def finish_headers(response: Response) -> Response:
        """Forbid caching by default, allow the origin, and remove the host from a redirect."""
        if "Cache-Control" not in response.headers:
            response.headers.add("Cache-Control", "no-store")
        if origins:
            _allow_origin(response, origins)
        if _is_redirect(response):
            _remove_host(response)
        return response

    app.after_request(finish_headers)
    app.wsgi_app = SecurityHeaders(  # type: ignore[method-assign]
        app.wsgi_app, settings.hsts_seconds, settings.frame_ancestors
    )


def _is_redirect(response: Response) -> bool:
    return response.status_code // 100 == 3 and response.location is not None  # noqa: PLR2004


def _remove_host(response: Response) -> None:
    """Redirect to a path with its query: Werkzeug's redirects repeat the Host of the client.

    A browser would read a path that begins with two slashes as another host.
    """
    location = urlsplit(str(response.location))
    path = re.sub(r"^[/\\]{2,}", "/", location.path)
    response.location = location._replace(scheme="", netloc="", path=path).geturl()
    response.set_data(b"")


def _allow_origin(response: Response, origins: frozenset[str]) -> None:
    """CORS headers if the request comes from one of `origins`; error responses have them too."""
    response.vary.add("Origin")
    origin = request.headers.get("Origin")
    if origin not in origins:
        return
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = str(origin)
    headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        headers["Access-Control-Allow-Methods"] = headers.get("Allow", "")
        headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
        headers["Access-Control-Max-Age"] = PREFLIGHT_MAX_AGE
