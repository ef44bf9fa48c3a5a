"""Alembic's entry point: runs the migrations in the transaction that `migrate` opened."""

from alembic import context

from credit_scoring.database.table_definitions import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
