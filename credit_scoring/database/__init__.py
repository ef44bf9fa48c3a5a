"""The service's database: connections, table definitions and migrations."""
