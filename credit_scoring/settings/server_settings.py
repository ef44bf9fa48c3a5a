"""The settings of the web server: where it listens, and its processes and connections."""

from dataclasses import dataclass

from credit_scoring.settings.parsers import HOST, whole_number, whole_number_or_auto
from credit_scoring.settings.setting import setting_field


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """The values of these settings."""

    host: str = setting_field(
        "HOST",
        "127.0.0.1",
        HOST,
        "Address to listen on. The default accepts connections from this machine only; :: accepts "
        "them from everywhere, by IPv6 and IPv4 (by IPv4 alone on a machine without IPv6), "
        "0.0.0.0 by IPv4.",
    )
    port: int = setting_field("PORT", "8000", whole_number(1, 65535), "Port to listen on.")
    web_concurrency: int = setting_field(
        "WEB_CONCURRENCY",
        "2",
        whole_number(1, 256),
        "Worker processes of the web server. They share the memory of the model, which is "
        "loaded once before they are forked.",
    )
    keepalive_seconds: int | None = setting_field(
        "CREDIT_SCORING_KEEPALIVE_SECONDS",
        "auto",
        whole_number_or_auto(1, 3600),
        "How long an idle connection is kept for the next request. Behind a proxy, longer than "
        "the proxy keeps it, so that the proxy never sends a request on a connection that is "
        "being closed. auto: 100 behind trusted proxies or on a hosting platform (Heroku's router "
        "keeps connections for 90 s), else 5.",
    )
