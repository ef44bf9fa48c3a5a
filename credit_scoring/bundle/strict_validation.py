"""How pydantic validates the files of a bundle: exact types, finite numbers, no unknown key."""

from pydantic import ConfigDict

STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
