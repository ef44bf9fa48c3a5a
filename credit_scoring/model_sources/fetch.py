"""Fetching a bundle from its source, by the source's form."""

import re

from credit_scoring.errors import SourceError
from credit_scoring.model_sources.fetched_bundle import FetchedBundle
from credit_scoring.model_sources.https_address import fetch_https
from credit_scoring.model_sources.hugging_face import HUB_SCHEME, fetch_from_hub
from credit_scoring.model_sources.local_folder import fetch_folder
from credit_scoring.model_sources.mlflow_registry import REGISTRY_SCHEME, fetch_from_registry
from credit_scoring.settings import Settings

HTTPS_SCHEME = "https://"
OTHER_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):/")


def fetch(source: str, settings: Settings) -> FetchedBundle:
    """The files at `source` as bytes, not verified yet.

    SourceError if the source is not allowed or holds no bundle, SourceUnavailableError if it cannot
    be reached, BundleError if the files in a folder or registry are damaged.
    """
    if not source.isprintable() or not source:
        raise SourceError("the source is empty or has control characters: give a folder or address")
    if source.startswith(REGISTRY_SCHEME):
        return fetch_from_registry(source, settings.mlflow_tracking_uri)
    if source.startswith(HUB_SCHEME):
        return fetch_from_hub(source, settings)
    if source.startswith(HTTPS_SCHEME):
        return fetch_https(source, settings.model_hosts)
    if match := OTHER_SCHEME.match(source):
        expected = "a folder, models:/…, hf://… or https://…"
        raise SourceError(f"{match[1]}: is not a kind of source: expected {expected}")
    return fetch_folder(source)
