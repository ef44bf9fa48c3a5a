"""Which sources a client of the API may deploy from; the command line may use any."""

from credit_scoring.deployments.source_names import place_of, without_secret
from credit_scoring.errors import SourceError
from credit_scoring.model_sources.fetch import HTTPS_SCHEME
from credit_scoring.settings import Settings


def require_allowed(source: str, configured_source: str, settings: Settings) -> None:
    """SourceError unless a client may deploy from `source`. Nothing is fetched or opened.

    Allowed are the configured source, other revisions of its repository or registered model, and
    https:// from the configured hosts (`fetch` checks them). If signatures are obligatory, every
    repository and registered model is allowed. No other folder is: a client must not choose files
    of this machine.
    """
    place = place_of(source)
    is_place_allowed = bool(settings.public_key) or place == place_of(configured_source)
    is_remote = source.startswith(HTTPS_SCHEME) or (place is not None and is_place_allowed)
    if source != configured_source and not is_remote:
        raise SourceError(
            f'source is "{without_secret(source)}": expected the configured source, another '
            "revision of it, or https:// from a host of CREDIT_SCORING_MODEL_HOSTS; python "
            "model.py deploy takes others"
        )
