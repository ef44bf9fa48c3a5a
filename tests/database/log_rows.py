"""One row in each table of the log, in plain SQL; works on the tables of every migration."""

from sqlalchemy import select, text

from credit_scoring.database.table_definitions import metadata

LOG_TABLES = [metadata.tables[name] for name in ("decisions", "reviews", "outcomes")]
ROWS = """
INSERT INTO decisions (decision_id, made_at, request_id, key_id, kind, model_digest, model_version,
    inputs, reasons, probability, threshold, score, decision, risk_level, credit_score,
    applicant_id)
VALUES ('d', '2026-01-02 03:04:05', 'r', '', 'predict', 'a', 'b',
    '{"A": 1}', '[]', 0.5, 0.09, 1, 'REFUSED', 'HIGH', 500,
    '100001');
INSERT INTO reviews (review_id, decision_id, made_at, key_id, outcome, reviewer, reason)
VALUES ('w', 'd', '2026-01-02 03:04:05', '', 'ACCEPTED', 'ada', 'a guarantor');
INSERT INTO outcomes (outcome_id, decision_id, made_at, key_id, outcome)
VALUES ('o', 'd', '2026-01-02 03:04:05', '', 1)
"""


def insert_log_rows(engine):
    with engine.begin() as connection:
        for statement in ROWS.split(";"):
            connection.exec_driver_sql(statement)


def log_rows(engine):
    """Every row of the log, by table, without NULLs: an older database has fewer columns."""
    with engine.connect() as connection:
        return {
            table.name: [
                {name: value for name, value in row.items() if value is not None}
                for row in connection.execute(select(text("*")).select_from(table)).mappings()
            ]
            for table in LOG_TABLES
        }
