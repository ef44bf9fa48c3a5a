"""Tables whose rows are cards on a phone: `{% filter stacked %}<table>…</table>{% endfilter %}`.

The style (`[data-stacked]` in page.css) lays the rows out as blocks. Some browsers then no longer
present a table to screen readers, so the roles are explicit. Each cell names its column.
"""

import re
from collections.abc import Iterator
from itertools import chain, repeat

from markupsafe import Markup

HEAD_CELL = re.compile(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")
ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
CELL = re.compile(r"<(th|td)\b")
CELL_ROLES = {"th": "rowheader", "td": "cell"}
ROLES = (
    ("<table", '<table role="table" data-stacked'),
    ("<thead", '<thead role="rowgroup"'),
    ("<tbody", '<tbody role="rowgroup"'),
    ("<tr", '<tr role="row"'),
)


def stacked(table: str) -> Markup:
    """The table with roles, and in each cell the title of its column.

    >>> table = "<table><thead><tr><th>Age</th></tr></thead><tbody><tr><td>31</td></tr></tbody>"
    >>> str(stacked(table)).partition("<tbody ")[2]
    'role="rowgroup"><tr role="row"><td role="cell" data-label="Age">31</td></tr></tbody>'
    """
    head, body = str(table).split("</thead>")
    titles = [TAG.sub("", cell).strip() for cell in HEAD_CELL.findall(head)]
    body = ROW.sub(lambda row: _labelled(row[0], chain(titles, repeat(""))), body)
    html = head.replace("<th ", '<th role="columnheader" ') + "</thead>" + body
    for tag, with_role in ROLES:
        html = html.replace(tag, with_role)
    return Markup(html)  # noqa: S704 - the rendered table: its texts are escaped


def _labelled(row: str, titles: Iterator[str]) -> str:
    """A row whose cells have their role and title."""
    return CELL.sub(
        lambda cell: f'<{cell[1]} role="{CELL_ROLES[cell[1]]}" data-label="{next(titles)}"', row
    )
