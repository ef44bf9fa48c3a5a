"""The application table: one row per applicant already, so its columns are features as they stand."""

from credit_scoring.contracts.contract import Column, contracts
from credit_scoring.features.feature import Feature


def raw_features() -> tuple[Feature, ...]:
    """A feature per column that describes the applicant, under the source's own name."""
    table = contracts()["application"]
    return tuple(
        feature_of(column, table.name) for column in table.columns if column.describes_applicant
    )


def feature_of(column: Column, table: str) -> Feature:
    """A column of a table as it stands there."""
    return Feature(
        name=column.name, table=table, meaning=column.meaning, unit=column.unit, minimum=column.minimum,
        maximum=column.maximum, whole=column.dtype.startswith("int"), levels=column.levels, missing=column.missing,
        sentinel=column.sentinel, sensitive=column.use if column.is_sensitive else None,
    )  # fmt: skip
