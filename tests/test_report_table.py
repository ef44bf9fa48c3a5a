"""Tables of reports: on a narrow terminal cells wrap or become records, and nothing is cut."""

import ast
import io

import pytest
from rich.console import Console

from credit_scoring import report_table
from credit_scoring.report_table import UNLIMITED_WIDTH, ReportTable, report_console
from tests.server_process import ROOT

INTERVAL = "1,608 (1,502–1,711)"


def render(table, width):
    console = Console(file=io.StringIO(), width=width)
    console.print(table)
    return console.file.getvalue()


@pytest.fixture
def table():
    table = ReportTable("Model performance", "")
    for heading in ("held out", "min_child_samples", "share\nrefused"):
        table.add_column(heading, justify="right")
    table.add_row("  defaulters accepted at the threshold", INTERVAL, "", "0.1234")
    table.add_row("[bold]Cost", INTERVAL, INTERVAL, "–")
    return table


@pytest.mark.parametrize("width", [40, 60, 80, UNLIMITED_WIDTH])
def test_every_word_is_whole_at_every_width(table, width):
    text = render(table, width)
    assert "…" not in text
    for word in [*INTERVAL.split(), "min_child_samples", "0.1234", "threshold", "performance"]:
        assert word in text
    assert text.count("1,608") == 3
    assert max(len(line) for line in text.splitlines()) <= width


def test_unlimited_width_has_a_line_per_row(table):
    assert f"defaulters accepted at the threshold │ {INTERVAL} │" in render(table, UNLIMITED_WIDTH)


def test_too_narrow_terminal_gets_records(table):
    """The label, then a line per cell that is not empty."""
    lines = [line.rstrip() for line in render(table, 50).splitlines()]
    assert lines == [
        "Model performance",
        "  defaulters accepted at the threshold",
        f"  held out       {INTERVAL}",
        "  share refused  0.1234",
        "Cost",
        f"  held out           {INTERVAL}",
        f"  min_child_samples  {INTERVAL}",
        "  share refused      –",
    ]


def test_margins_go_before_rows_become_records(table):
    lines = render(table, 55).splitlines()
    assert lines[-2].startswith("Cost ")
    assert lines[-2].count("│") == 3


def test_same_table_fits_any_terminal_in_turn(table):
    wide = render(table, 200)
    render(table, 60)
    assert render(table, 200) == wide


def test_pipe_has_unlimited_width_whatever_columns_says(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr("sys.stdout", io.StringIO())
    assert report_console().width == UNLIMITED_WIDTH


def test_terminal_has_its_own_width(monkeypatch):
    monkeypatch.setattr(report_table, "Console", lambda **_: Console(force_terminal=True, width=61))
    assert report_console().width == 61


def test_columns_share_a_narrow_terminal_equally():
    table = ReportTable("Models", "first", "second", "third")
    table.add_row(*["a few words in a cell"] * 3)
    console = Console(width=44, record=True, force_terminal=True)
    console.print(table)
    widths = [column.width for column in table.columns]
    assert max(widths) - min(widths) <= 1


def test_no_report_uses_a_table_that_may_be_cut():
    """rich.table.Table cuts by default: reports use ReportTable, commands report_console."""
    offences = []
    for path in (ROOT / "credit_scoring").rglob("*.py"):
        if path.name == "report_table.py":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        rich_names = {
            name.asname or name.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rich.")
            for name in node.names
            if name.name in ("Table", "Console")
        }
        offences += [
            f"{path.relative_to(ROOT)}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in rich_names
        ]
    assert offences == []


@pytest.mark.parametrize("width", [8, UNLIMITED_WIDTH])
def test_table_without_title_starts_with_its_first_line(width):
    table = ReportTable("", "version", "trained on", box=None, pad_edge=False)
    table.add_row("0a1b2c3d", "data/sample")
    assert render(table, width).splitlines()[0].strip().startswith("version")
