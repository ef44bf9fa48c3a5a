"""What answers tell browsers: what a page of ours may do, and which other pages may call the API (CORS)."""

from flask import Flask, Response, request

from credit_scoring.settings import Settings

# Every script, style and picture comes from the app itself; nothing is inline. `data:` pictures are Swagger UI's.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
    "object-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SENT = "Authorization, Content-Type, Idempotency-Key, X-Request-ID"
READ = (
    "Retry-After, RateLimit-Limit, RateLimit-Policy, RateLimit-Remaining, RateLimit-Reset, X-Request-ID, "
    "Idempotent-Replayed"
)
PREFLIGHT_AGE = "600"  # seconds a browser need not ask again


def register(app: Flask, settings: Settings) -> None:
    """Let every answer of `app` carry them."""
    origins = frozenset(settings.allowed_origins)
    strict = f"max-age={settings.hsts_seconds}"

    def add(answer: Response) -> Response:
        sent = answer.headers
        sent.extend(HEADERS)
        if "Cache-Control" not in sent:
            sent.add("Cache-Control", "no-store")
        if settings.hsts_seconds and request.is_secure:
            answer.headers["Strict-Transport-Security"] = strict
        if origins:
            allow(answer, origins)
        return answer

    app.after_request(add)


def allow(answer: Response, origins: frozenset[str]) -> None:
    """Let a page of one of `origins` send what a call needs and read the answer, errors too."""
    answer.vary.add("Origin")
    origin = request.headers.get("Origin")
    if origin not in origins:
        return
    answer.headers["Access-Control-Allow-Origin"] = str(origin)
    answer.headers["Access-Control-Expose-Headers"] = READ
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        answer.headers["Access-Control-Allow-Methods"] = answer.headers.get("Allow", "")
        answer.headers["Access-Control-Allow-Headers"] = SENT
        answer.headers["Access-Control-Max-Age"] = PREFLIGHT_AGE
