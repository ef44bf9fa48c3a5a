"""Numbers of applicants, as the manifest holds them."""

from typing import Annotated, TypeAlias

from pydantic import Field

MAX_APPLICANTS = 10**12  # counts stay far from the limits of 64-bit numbers
Counts: TypeAlias = tuple[Annotated[int, Field(ge=0, le=MAX_APPLICANTS)], ...]
