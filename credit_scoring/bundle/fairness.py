"""fairness.json of a bundle: decision rates by group of applicants, by `python model.py fairness`.

It is as untrusted as the manifest: types and ranges are checked, other keys are ignored.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from credit_scoring.bundle.manifest import Count, EstimateValues
from credit_scoring.errors import BundleError

FAIRNESS_FILE = "fairness.json"
FOUR_FIFTHS = 0.8  # 29 CFR 1607.4(D)
MAX_SIZE = 4 << 20  # bytes; ours: 20 kB
REMEDY = "make them by python model.py fairness"
LENIENT = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)
Interval: TypeAlias = EstimateValues | None
Verdict: TypeAlias = Literal["meets", "fails", "unclear", "incomparable"]


@with_config(LENIENT)
class Contrast(TypedDict):
    """The highest group's rate compared with the lowest's, with its 95 % interval."""

    value: float
    low: float
    high: float
    highest: str
    lowest: str


@with_config(LENIENT)
class ErrorContrast(Contrast):
    """The larger of the two differences in error rates."""

    error: Literal["false_positive", "false_negative"]


@with_config(LENIENT)
class GroupRates(TypedDict):
    """The rates of a group, None where its applicants do not define one."""

    group: str
    applicants: Count
    small: bool
    selection_rate: Interval
    false_positive_rate: Interval
    false_negative_rate: Interval
    default_rate: Interval
    predicted_rate: Interval
    calibration_ratio: Interval


@with_config(LENIENT)
class Differences(TypedDict):
    """The largest differences between groups, None if no two groups can be compared."""

    four_fifths_ratio: Contrast | None
    equalised_odds_difference: ErrorContrast | None


@with_config(LENIENT)
class AttributeRates(Differences):
    """The groups of an attribute, such as age, and their largest differences."""

    attribute: str
    groups: Annotated[list[GroupRates], Field(max_length=1000)]
    without_small_groups: Differences


@with_config(LENIENT)
class Change(TypedDict):
    """A difference and its 95 % interval; `real` if the interval excludes 0."""

    value: float
    low: float
    high: float
    real: bool


@with_config(LENIENT)
class Price(TypedDict):
    """A metric without and with the sensitive attributes in the model."""

    excluded: EstimateValues
    included: EstimateValues
    difference: Change


@with_config(LENIENT)
class Prices(TypedDict):
    """What leaving the sensitive attributes out of the model costs."""

    roc_auc: Price
    cost_per_applicant: Price


@with_config(LENIENT)
class Evaluated(TypedDict):
    """The applicants of the figures."""

    applicants: Count
    source: str


@with_config(LENIENT)
class Fairness(TypedDict):
    """The content of fairness.json; `judged` says how the decisions were made."""

    model_version: str
    judged: str
    data: Evaluated
    attributes: Annotated[list[AttributeRates], Field(max_length=100)]
    price: Prices | None


FAIRNESS: TypeAdapter[Fairness] = TypeAdapter(Fairness)


@lru_cache(maxsize=8)
def parse_fairness(content: bytes, path: str, version: str) -> Fairness:
    """The figures in `content`; BundleError if they are incomplete or not of model `version`."""
    if len(content) > MAX_SIZE:
        raise BundleError(f"{path} is larger than {MAX_SIZE} bytes: {REMEDY}")
    try:
        fairness = FAIRNESS.validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"])) or "its text"
        raise BundleError(
            f"{path} holds no fairness figures, or not all of them ({field}: {first['msg']}): "
            f"{REMEDY}"
        ) from error
    if fairness["model_version"] != version:
        raise BundleError(
            f"{path} is about model {fairness['model_version']}, the bundle holds {version}: "
            "run python model.py fairness again"
        )
    return fairness


def four_fifths_verdict(ratio: Mapping[str, Any] | None) -> Verdict:
    """Whether the lowest acceptance rate is four fifths of the highest, as far as is certain."""
    if ratio is None or ratio["highest"] == ratio["lowest"]:
        return "incomparable"
    if ratio["low"] >= FOUR_FIFTHS:
        return "meets"
    return "fails" if ratio["high"] < FOUR_FIFTHS else "unclear"
