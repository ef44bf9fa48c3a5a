"""The decision log: append, look up, review, record outcomes, replay, erase."""
