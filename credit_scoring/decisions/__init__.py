"""The decision log: append, look up, review, outcome, replay, retention; its migrations."""
