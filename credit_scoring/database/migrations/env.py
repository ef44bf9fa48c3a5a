"""What Alembic runs: the migrations on the connection, and inside the transaction, that schema.migrate opened."""

from alembic import context

from credit_scoring.database.table_definitions import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
