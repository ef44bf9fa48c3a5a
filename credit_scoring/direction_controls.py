"""Characters that change the direction of text, shown as they are named.

A name with such a character, from a table or a request, would show in another order than it is
stored: "Male" as "elaM" or the other way round.
"""

import re

CONTROL = re.compile("[\u202a-\u202e\u2066-\u2069]")  # embeddings, overrides and isolates


def name_controls(html: str) -> str:
    r"""The page with each control in a text written as its code, such as [U+202E].

    Attributes and text areas keep theirs: forms send back what was stored.

    >>> name_controls("<p>a\u202eb</p>")
    '<p>a[U+202E]b</p>'
    """
    return CONTROL.sub(lambda found: _shown(html, found), html)


def _shown(html: str, control: re.Match[str]) -> str:
    tag = html.rfind("<", 0, control.start())
    is_in_tag = tag > html.rfind(">", 0, control.start())
    is_typed = html.startswith("<textarea", tag)
    return control[0] if is_in_tag or is_typed else f"[U+{ord(control[0]):04X}]"
