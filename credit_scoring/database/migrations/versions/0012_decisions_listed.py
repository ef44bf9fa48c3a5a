"""An index for lists of decisions: pages are found in it without the inputs, which are large."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Create the index."""
    columns = ["decision_id", "decision", "model_version"]
    op.create_index("decisions_listed", "decisions", columns)
