"""One applicant's raw records: validated against the contracts, then turned into features.

Building features needs Polars, which the web process does not import otherwise: the first request
with raw records imports it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Any

from flask import current_app

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.contracts.contract import Column, Table, contracts
from credit_scoring.errors import FieldError, RequestError
from credit_scoring.features.catalogue import not_of_source_tables
from credit_scoring.features.feature import column_feature
from credit_scoring.scoring.validation.error_budget import MAX_ERRORS, ErrorBudget
from credit_scoring.scoring.validation.feature_schema import RequestSchema
from credit_scoring.scoring.validation.messages import quote, unknown_name_error
from credit_scoring.serving.requests.json_body import JsonObject
from credit_scoring.serving.service import Service

APPLICATION = "application"
APPLICANT_KEY = "SK_ID_CURR"
CREDITS = "bureau"
BALANCES = "bureau_balance"
CREDIT_KEY = "SK_ID_BUREAU"
Records = dict[str, list[Any]]


def features_of_body(body: JsonObject, current: Service) -> JsonObject:
    """The model's features in a request's `body`, which holds them or raw records."""
    names = current.schema.names
    if has_raw_records(body, names):
        return features_of_records(body, names, current_app.config["MAX_RAW_RECORDS"])
    return current.shapes["features"].unwrap(body)


def applicant_id_of(body: JsonObject, current: Service) -> str | None:
    """The id in the first of valid raw records that has one; None without one.

    Erasure finds the decision by it.
    """
    if not has_raw_records(body, current.schema.names):
        return None
    records = {**body, APPLICATION: [body[APPLICATION]]}
    return next((str(int(applicant)) for _, applicant in _owners(records)), None)


def has_raw_records(body: JsonObject, features: Collection[str]) -> bool:
    """Whether `body` holds source tables. A lender may have a feature called "bureau", too."""
    tables = [body[name] for name in contracts() if name in body and name not in features]
    are_records = any(isinstance(table, dict | list) for table in tables)
    return are_records or (bool(tables) and takes_raw_records(features))


def features_of_records(body: JsonObject, wanted: Collection[str], max_records: int) -> JsonObject:
    """The `wanted` features of the applicant whose records `body` holds by table name.

    RequestError 422 names every field that breaks its table's contract, such as
    "bureau[3].AMT_CREDIT_SUM"; 501 if Polars is not installed.
    """
    build = _feature_builder()
    require_features_of_tables(wanted)
    budget = ErrorBudget()
    records = _records_by_table(body, max_records, budget)
    _refuse_first(_contract_errors(records, budget), budget)
    return build(records, wanted)


def takes_raw_records(features: Collection[str]) -> bool:
    """Whether a model's `features` are made from the source tables."""
    return not not_of_source_tables(features)


def require_features_of_tables(features: Collection[str]) -> None:
    """RequestError 422 if the model is one of a lender's own table."""
    if other := not_of_source_tables(features):
        message = f"the model's features, such as {min(other)}, are not made from these tables: "
        message += "send the features (see /model/features)"
        error = FieldError(APPLICATION, message)
        raise RequestError(message, status=422, title="No raw records", errors=(error,))


def _feature_builder() -> Callable[[Records, Collection[str]], JsonObject]:
    try:
        from credit_scoring.features.engines.single_applicant import build_applicant_features  # noqa: PLC0415 - imports Polars
    except ModuleNotFoundError as error:
        message = f"raw records need {error.name}, which is not installed on this server: "
        message += "pip install -r requirements-raw.txt"
        raise RequestError(message, status=501, title="Raw records not installed") from error
    return build_applicant_features


def _records_by_table(body: JsonObject, max_records: int, budget: ErrorBudget) -> Records:
    """The rows by table; RequestError 422 for another shape or too many records."""
    _refuse_first(_shape_errors(body, budget), budget)
    records = {**body, APPLICATION: [body[APPLICATION]]}
    count = sum(map(len, records.values()))
    if count > max_records:
        message = f"the request has {count} records: expected at most {max_records}"
        raise RequestError(message, status=422, title="Too many records")
    return records


def _refuse_first(errors: Iterator[FieldError], budget: ErrorBudget) -> None:
    """RequestError 422 with the first `MAX_ERRORS` of `errors`, if there are any."""
    if listed := tuple(islice(errors, MAX_ERRORS)):
        raise budget.refusal(iter(listed), len(listed))


def _shape_errors(body: JsonObject, budget: ErrorBudget) -> Iterator[FieldError]:
    an_object = "expected an object of the table's columns"
    if APPLICATION not in body:
        yield FieldError(APPLICATION, f"application is missing: {an_object}")
    for name, rows in body.items():
        if name not in contracts():
            yield unknown_name_error(name, contracts(), "a source table", budget)
        elif name == APPLICATION and not isinstance(rows, dict):
            yield FieldError(name, f"{name} is {quote(rows)}: {an_object}")
        elif name != APPLICATION and not isinstance(rows, list):
            yield FieldError(name, f"{name} is {quote(rows)}: expected a list of records")


def _contract_errors(records: Records, budget: ErrorBudget) -> Iterator[FieldError]:
    """The errors of each record; if there are none, those of keys across records."""
    all_valid = True
    for place, table, row in _iterate(records):
        for error in _record_errors(row, table, budget):
            all_valid = False
            yield replace(
                error, field=_join(place, error.field), message=_join(place, error.message)
            )
    if all_valid:
        yield from _repeated_records(records)
        yield from _other_applicants(records)
        yield from _balances_without_credit(records)


def _iterate(records: Records) -> Iterator[tuple[str, Table, Any]]:
    """Each record with its place in the request, such as "bureau[3]", and its table."""
    for name, rows in records.items():
        for index, row in enumerate(rows):
            yield (name if name == APPLICATION else f"{name}[{index}]"), contracts()[name], row


def _join(place: str, text: str) -> str:
    return f"{place}.{text}" if text and not text.startswith(" ") else f"{place}{text}"


def _record_errors(row: Any, table: Table, budget: ErrorBudget) -> Iterator[FieldError]:
    if not isinstance(row, dict):
        yield FieldError("", f" is {quote(row)}: expected an object of the table's columns")
    else:
        yield from record_schemas()[table.name].errors(row, budget)


@cache
def record_schemas() -> dict[str, RequestSchema]:
    """The validation of one record, by table."""
    return {
        name: RequestSchema(
            [_as_feature(c, name) for c in table.columns if c.use != "target"],
            f"an input of table {name}",
        )
        for name, table in contracts().items()
    }


def _as_feature(column: Column, table: str) -> ModelFeature:
    """A column as a feature; keys, the time and what credit law protects are optional."""
    nullable = column.nullable or column.use in ("key", "time") or column.is_sensitive
    return ModelFeature(column_feature(column, table), "input", nullable=nullable)


def _repeated_records(records: Records) -> Iterator[FieldError]:
    """Records with the key of an earlier one; records without a key are all different."""
    places: dict[tuple[Any, ...], str] = {}
    for place, table, row in _iterate(records):
        key = tuple(row.get(column) for column in table.unique)
        if not key or None in key:
            continue
        first_place = places.setdefault((table.name, *key), place)
        if first_place != place:
            field = f"{place}.{table.unique[0]}"
            value = row[table.unique[0]]
            columns = " and ".join(table.unique)
            message = f"{field} is {value}: {first_place} has the same {columns}, send it once"
            yield FieldError(field, message, value)


def _other_applicants(records: Records) -> Iterator[FieldError]:
    """Records of an applicant other than that of the first record that names one.

    Null is another applicant, too; a record without the key is not.
    """
    first_place, expected = next(_owners(records), ("", None))
    for place, _, row in _iterate(records):
        applicant = row.get(APPLICANT_KEY, expected)
        if applicant != expected:
            field = f"{place}.{APPLICANT_KEY}"
            remedy = f"expected {expected}, as in {first_place}: send one applicant's records"
            yield FieldError(field, f"{field} is {quote(applicant)}: {remedy}", applicant)


def _owners(records: Records) -> Iterator[tuple[str, float]]:
    """The place and the applicant of each record that names one; it may be null or left out."""
    for place, _, row in _iterate(records):
        if (applicant := row.get(APPLICANT_KEY)) is not None:
            yield place, applicant


def _balances_without_credit(records: Records) -> Iterator[FieldError]:
    """Monthly balances that belong to none of the bureau's credits, or to several."""
    bureau_credits = Counter(row.get(CREDIT_KEY) for row in records.get(CREDITS, ()))
    for index, row in enumerate(records.get(BALANCES, ())):
        field = f"{BALANCES}[{index}].{CREDIT_KEY}"
        credit = row.get(CREDIT_KEY)
        if not bureau_credits[credit]:
            message = f"{field} is {quote(credit)}: expected that of a record of {CREDITS}"
            yield FieldError(field, message, credit)
        elif bureau_credits[credit] > 1:
            yield FieldError(field, f"{field} is missing: expected that of a record of {CREDITS}")
