"""The identifier of an applicant: one line of printable characters."""

import re

# Patterns that the OpenAPI document has, too: in the syntax that Python and ECMAScript share. Those
# of texts do without "$", which Python also finds before a line break at the end.
# Control characters, zero-width characters and changes of direction:
INVISIBLE = r"\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
ONE_LINE = rf"^(?![\s\S]*[\x00-\x1f{INVISIBLE}])\s*\S"
MAX_LENGTH = 128  # characters
EXPECTED_IDENTIFIER = f"a text of 1 to {MAX_LENGTH} printable characters"


def is_identifier(text: str) -> bool:
    r"""Whether a text can identify an applicant.

    >>> is_identifier("100002"), is_identifier(" "), is_identifier("1\n")
    (True, False, False)
    """
    return len(text) <= MAX_LENGTH and re.match(ONE_LINE, text) is not None
