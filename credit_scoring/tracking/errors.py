"""MLflow's errors as ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from credit_scoring.errors import RegistryUnavailableError
from credit_scoring.tracking.client import without_password
from credit_scoring.tracking.log_run import reason_of


@contextmanager
def translate_mlflow_errors(uri: str) -> Iterator[None]:
    """RegistryUnavailableError if the server or database at `uri` fails inside the block."""
    from mlflow.exceptions import MlflowException  # noqa: PLC0415 - takes seconds
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    try:
        yield
    except (ConnectionError, MlflowException, SQLAlchemyError) as error:
        raise RegistryUnavailableError(
            f"{without_password(uri)} does not answer as expected ({reason_of(error)}): check that "
            "the server runs and that MLFLOW_TRACKING_URI is its address"
        ) from error
