"""A bundle in MLflow's model registry."""

import re

from credit_scoring.errors import (
    RegistryError,
    RegistryUnavailableError,
    SourceError,
    SourceUnavailableError,
)
from credit_scoring.model_sources.fetched_bundle import (
    FetchedBundle,
    require_listed_files,
    without_secrets,
)
from credit_scoring.tracking.registry_reader import MODEL_NAME, open_reader

REGISTRY_SCHEME = "models:/"
ADDRESS = re.compile(
    rf"models:/{MODEL_NAME}(?:@([A-Za-z][\w.-]{{0,99}})|/([0-9]{{1,9}}))", re.ASCII
)


def fetch_from_registry(source: str, uri: str) -> FetchedBundle:
    """The bundle at `models:/credit-scoring@alias` or `models:/credit-scoring/number`.

    `uri` is the tracking server's. The files are compared with the digests that were registered.
    """
    match = ADDRESS.fullmatch(source)
    if match is None:
        expected = f"models:/{MODEL_NAME}@champion or models:/{MODEL_NAME}/3"
        shown = without_secrets(source)
        raise SourceError(f"{shown} is not a version of the registered model: expected {expected}")
    try:
        with open_reader(uri) as registry:
            version = registry.find(match[1] or match[2])
            files = registry.fetch(version)
    except RegistryUnavailableError as error:
        raise SourceUnavailableError(f"{source}: {error}") from error
    except RegistryError as error:
        raise SourceError(f"{source}: {error}") from error
    require_listed_files({name: len(content) for name, content in files.items()}, source)
    return FetchedBundle(files, str(version.number))
