"""Security headers of every response, and CORS: the origins that may call the API."""

from urllib.parse import urlsplit

from flask import Flask, Response, request

from credit_scoring.settings import Settings

# Scripts, styles and images come from the app; nothing is inline. Swagger UI uses `data:` images.
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'self'; object-src 'none'; frame-ancestors 'none'",
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
    "X-Request-ID, Idempotent-Replayed"
)
PREFLIGHT_MAX_AGE = "600"  # seconds that a browser may cache a preflight response


def register(app: Flask, settings: Settings) -> None:
    """Add the headers to every response of `app`."""
    origins = frozenset(settings.allowed_origins)
    hsts = f"max-age={settings.hsts_seconds}"

    def add_headers(response: Response) -> Response:
        response.headers.extend(SECURITY_HEADERS)
        response.headers.setdefault("Cache-Control", "no-store")
        if settings.hsts_seconds and request.is_secure:
            response.headers["Strict-Transport-Security"] = hsts
        if origins:
            _allow_origin(response, origins)
        if response.location:
            _remove_host(response)
        return response

    app.after_request(add_headers)


def _remove_host(response: Response) -> None:
    """Redirect to a path: Werkzeug's redirects repeat the Host that the client sent."""
    response.location = urlsplit(str(response.location)).path
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
