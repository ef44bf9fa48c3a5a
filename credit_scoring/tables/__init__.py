"""The source tables: their contracts, reading them, making a sample."""
