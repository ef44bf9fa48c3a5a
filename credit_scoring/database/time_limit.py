"""The time limit of each wait for the database."""

TIMEOUT = 3  # seconds
