"""One applicant's raw records, rows of the source tables: held to their contracts, made features as in training.

Building features takes Polars, which the web process does not need otherwise: it is imported by the first request
that brings raw records.
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
from credit_scoring.features.catalogue import everything
from credit_scoring.features.definitions.application import feature_of
from credit_scoring.serving.requests.feature_schema import RequestSchema, refusal
from credit_scoring.serving.requests.json_body import Object, features_of
from credit_scoring.serving.requests.messages import MOST_ERRORS, shown, unknown
from credit_scoring.serving.service import service

APPLICATION, BUREAU, BALANCE, CREDIT = "application", "bureau", "bureau_balance", "SK_ID_BUREAU"
Records = dict[str, list[Any]]


def inputs_of(body: Object) -> Object:
    """The model's features in a request's `body`, which holds them or an applicant's raw records."""
    asked = service().schema.names
    return (
        features_from(body, asked, current_app.config["MAX_RAW_RECORDS"])
        if is_raw(body, asked)
        else features_of(body)
    )


def applicant_of(body: Object) -> str | None:
    """The applicant's id in a `body` of raw records: erasure finds the decision by it; None where none was sent."""
    application = body.get(APPLICATION)
    identifier = application.get("SK_ID_CURR") if isinstance(application, dict) else None
    return None if identifier is None else str(int(identifier))


def is_raw(body: Object, asked: Collection[str]) -> bool:
    """Whether `body` holds source tables, and not the features `asked`, of which a lender may call one "bureau"."""
    return any(name in body and name not in asked for name in contracts())


def features_from(body: Object, wanted: Collection[str], most: int) -> Object:
    """The features `wanted` of the applicant whose records `body` holds, by table name: at most `most` records.

    RequestError 422 names every field that breaks its table's contract, as "bureau[3].AMT_CREDIT_SUM"; 501 where
    Polars is not installed.
    """
    build = _builder()
    if others := set(wanted).difference(feature.name for feature in everything()):
        raise RequestError(
            f"the model's features are not made from these tables, {min(others)} for one: send the features "
            "(see /model/features)",
            status=422, title="No raw records",
        )  # fmt: skip
    records = _records(body, most)
    errors = tuple(islice(_wrong(records), MOST_ERRORS))
    if errors:
        raise refusal(errors, len(errors))
    return build(records, wanted)


def _builder() -> Callable[[Records, Collection[str]], Object]:
    try:
        from credit_scoring.features.engines.single_applicant import features_of  # noqa: PLC0415 - imports Polars
    except ModuleNotFoundError as error:
        raise RequestError(
            f"raw records need {error.name}, which is not installed here: pip install -r requirements-raw.txt",
            status=501, title="Raw records not installed",
        ) from error  # fmt: skip
    return features_of


def _records(body: Object, most: int) -> Records:
    """The rows by table; RequestError 422 where they are no lists of rows, or more than `most`."""
    if errors := tuple(islice(_misshapen(body), MOST_ERRORS)):
        raise refusal(errors, len(errors))
    count = sum(map(len, body.values())) - len(body[APPLICATION]) + 1
    if count > most:
        raise RequestError(
            f"the request has {count} records, {most} are the most that are read",
            status=422,
            title="Too many records",
        )
    return {**body, APPLICATION: [body[APPLICATION]]}


def _misshapen(body: Object) -> Iterator[FieldError]:
    if APPLICATION not in body:
        yield FieldError(
            APPLICATION, "application is missing: expected an object of the table's columns"
        )
    for name, rows in body.items():
        if name not in contracts():
            yield unknown(name, list(contracts()), "a source table")
        elif name == APPLICATION and not isinstance(rows, dict):
            yield FieldError(
                name, f"{name} is {shown(rows)}: expected an object of the table's columns"
            )
        elif name != APPLICATION and not isinstance(rows, list):
            yield FieldError(name, f"{name} is {shown(rows)}: expected a list of records")


def _wrong(records: Records) -> Iterator[FieldError]:
    """Whatever breaks a contract: each record by itself, then keys."""
    sound = True
    for place, table, row in _each(records):
        for error in _of_row(row, table):
            sound = False
            yield replace(error, field=_in(place, error.field), message=_in(place, error.message))
    if sound:
        yield from _repeated(records)
        yield from _of_another(records)
        yield from _without_credit(records)


def _each(records: Records) -> Iterator[tuple[str, Table, Any]]:
    """Every record with its place in the request."""
    for name, rows in records.items():
        for number, row in enumerate(rows):
            yield (name if name == APPLICATION else f"{name}[{number}]"), contracts()[name], row


def _in(place: str, text: str) -> str:
    return f"{place}.{text}" if text and not text.startswith(" ") else f"{place}{text}"


def _of_row(row: Any, table: Table) -> tuple[FieldError, ...]:
    if not isinstance(row, dict):
        return (FieldError("", f" is {shown(row)}: expected an object of the table's columns"),)
    return schemas()[table.name].errors(row)


@cache
def schemas() -> dict[str, RequestSchema]:
    """The check of one record of each table, by table."""
    return {
        name: RequestSchema(
            [_asked(c, name) for c in table.columns if c.use != "target"],
            f"an input of table {name}",
        )
        for name, table in contracts().items()
    }


def _asked(column: Column, table: str) -> ModelFeature:
    """A column as something to ask for. Nobody has to number records, or to send what credit law protects."""
    may_be_absent = column.nullable or column.use == "key" or column.is_sensitive
    return ModelFeature(feature_of(column, table), "input", nullable=may_be_absent)


def _repeated(records: Records) -> Iterator[FieldError]:
    """Records whose key another one has; records without a key are all different."""
    first: dict[tuple[Any, ...], str] = {}
    for place, table, row in _each(records):
        key = tuple(row.get(column) for column in table.unique)
        if key and None not in key and first.setdefault((table.name, *key), place) != place:
            name = table.unique[0]
            of = " and ".join(table.unique)
            yield FieldError(f"{place}.{name}", f"{place}.{name} is {row[name]}: {first[table.name, *key]} has the "
                             f"same {of}, send each record once", row[name])  # fmt: skip


def _of_another(records: Records) -> Iterator[FieldError]:
    """Records of another applicant than the application's, or the first that names one."""
    named = [
        (place, row["SK_ID_CURR"])
        for place, _, row in _each(records)
        if row.get("SK_ID_CURR") is not None
    ]
    for place, applicant in named:
        if applicant != named[0][1]:
            field = f"{place}.SK_ID_CURR"
            expected = f"expected {named[0][1]}, as in {named[0][0]}: send one applicant's records"
            yield FieldError(field, f"{field} is {applicant}: {expected}", applicant)


def _without_credit(records: Records) -> Iterator[FieldError]:
    """Monthly balances that belong to none, or to any, of the credits at the bureau."""
    credits_elsewhere = Counter(row.get(CREDIT) for row in records.get(BUREAU, ()))
    for number, row in enumerate(records.get(BALANCE, ())):
        field, credit = f"{BALANCE}[{number}].{CREDIT}", row.get(CREDIT)
        if not credits_elsewhere[credit]:
            yield FieldError(
                field, f"{field} is {shown(credit)}: no record of {BUREAU} has it", credit
            )
        elif credits_elsewhere[credit] > 1:
            yield FieldError(
                field, f"{field} is missing: expected that of one of the records of {BUREAU}"
            )
