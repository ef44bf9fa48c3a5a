"""A workbook is read with python-calamine; without it, it is refused with what helps."""

import io
import sys
import zipfile
from datetime import date
from types import SimpleNamespace

import pytest

from credit_scoring.errors import TableError
from credit_scoring.flat_table.read_flat_table import read_flat_table

LOANS = [["Report", "", ""], ["loan", "when", "late"], [11.0, date(2015, 12, 1), True]]
OTHER = [[12.0, date(2016, 1, 1), False], ["", "", ""]]


@pytest.fixture
def workbook(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    path = tmp_path / "loans.csv"
    path.write_bytes(buffer.getvalue())
    return path


def use_sheets(monkeypatch, sheets):
    """Replace the library by one that reads these sheets."""
    contents = SimpleNamespace(
        sheet_names=[*sheets],
        get_sheet_by_name=lambda name: SimpleNamespace(to_python=lambda **_: sheets[name]),
    )
    reader = SimpleNamespace(from_filelike=lambda _: contents)
    library = SimpleNamespace(CalamineError=ValueError, CalamineWorkbook=reader)
    monkeypatch.setitem(sys.modules, "python_calamine", library)


def test_the_only_sheet_with_values_is_read(workbook, monkeypatch):
    use_sheets(monkeypatch, {"loans": LOANS + OTHER, "empty": []})
    frame = read_flat_table(workbook)
    assert frame.columns == ["loan", "when", "late"]
    assert frame.rows() == [(11, "2015-12-01", True), (12, "2016-01-01", False)]


def test_several_sheets_are_refused_by_name(workbook, monkeypatch):
    use_sheets(monkeypatch, {"new": LOANS, "old": LOANS})
    with pytest.raises(TableError, match=r"a workbook with 2 sheets \('new', 'old'\): save the"):
        read_flat_table(workbook)


def test_without_the_library_the_remedy_is_named(workbook, monkeypatch):
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(TableError, match=r"it is an Excel workbook: save .*requirements-excel\.tx"):
        read_flat_table(workbook)
