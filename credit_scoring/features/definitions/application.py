"""The application table: one row per applicant, so its columns are features unchanged."""

from credit_scoring.contracts.contract import contracts
from credit_scoring.features.feature import Feature, column_feature


def application_features() -> tuple[Feature, ...]:
    """A feature per column that describes the applicant, under the source's own name."""
    table = contracts()["application"]
    columns = (column for column in table.columns if column.describes_applicant)
    return tuple(column_feature(column, table.name) for column in columns)
