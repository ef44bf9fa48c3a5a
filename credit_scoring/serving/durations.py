"""How long the current request has taken, and how much of that in the model.

Each function takes about a microsecond.
"""

from collections.abc import Callable
from time import perf_counter
from typing import ParamSpec, TypeVar

from credit_scoring.decisions.records import Durations
from credit_scoring.serving.flask_objects import request_state

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
MODEL_SECONDS = "model_seconds"  # name in `flask.g`
DIGITS = 3  # of a millisecond


def in_model(
    function: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    """Call a function of the model and count its time as the model's."""
    start = perf_counter()
    try:
        return function(*args, **kwargs)
    finally:
        state = request_state()
        state[MODEL_SECONDS] = state.get(MODEL_SECONDS, 0.0) + perf_counter() - start


def measured(applicants: int) -> Durations:
    """The durations up to now of a request that decides on `applicants`, per applicant."""
    state = request_state()
    milliseconds = 1000 / max(1, applicants)
    handler = (perf_counter() - state["start_time"]) * milliseconds
    model = state.get(MODEL_SECONDS, 0.0) * milliseconds
    return Durations(round(handler, DIGITS), round(model, DIGITS))
