"""CSV text taken apart and put together, and a folder of tables with ways to spoil a file."""

import csv
import io
from pathlib import Path

KEPT = ("application_train.csv", "application_test.csv", "bureau.csv", "bureau_balance.csv")


def rows_of(text, separator=","):
    return list(csv.reader(io.StringIO(text), delimiter=separator))


def text_of(rows, separator=",", end="\n"):
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator=end).writerows(rows)
    return out.getvalue()


class Spoiled:
    """A folder of tables with ways to spoil a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, stem="application_train"):
        return self.folder / f"{stem}.csv"

    def write(self, content, stem="application_train"):
        data = content.encode() if isinstance(content, str) else content
        self.file(stem).write_bytes(data)

    def rewrite(self, change, stem="application_train"):
        rows = rows_of(self.file(stem).read_text())
        self.write(text_of(change(rows)), stem)

    def put(self, column, value, *, rows=(1,), stem="application_train"):
        """Write `value` into the rows, counted from 1 below the header."""

        def change(table):
            for row in rows:
                table[row][table[0].index(column)] = value
            return table

        self.rewrite(change, stem)
