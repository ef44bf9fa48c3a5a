"""A clock that tests set."""


class Clock:
    """Replaces the module `time`."""

    now = 1e6

    def monotonic(self):
        return self.now
