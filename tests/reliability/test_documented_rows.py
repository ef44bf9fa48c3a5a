"""docs/reliability.md names every test that is named after a row, and only existing tests."""

import ast
import re

from tests.server_process import ROOT

PAGE = (ROOT / "docs/reliability.md").read_text(encoding="utf-8")
DOCUMENTED = re.findall(r"`(tests/[\w/]+\.py)::([\w:]+)`", PAGE)
ROWS = [*range(1, 55), *range(60, 63)]


def names_of_tests(path):
    """The tests of a file as pytest names them: `test_x`, `TestY::test_z`."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        is_class = isinstance(node, ast.ClassDef)
        prefix = f"{node.name}::" if is_class else ""
        for member in node.body if is_class else [node]:
            if isinstance(member, ast.FunctionDef):
                yield prefix + member.name


def test_documented_rows_have_existing_tests():
    rows = re.findall(r"^\| (\d+) \|.*`tests/", PAGE, re.MULTILINE)
    assert sorted(map(int, rows)) == ROWS
    missing = [
        f"{path}::{name}" for path, name in DOCUMENTED if name not in names_of_tests(ROOT / path)
    ]
    assert not missing


def test_tests_named_after_a_row_are_documented():
    for path in sorted((ROOT / "tests/reliability").glob("test_*.py")):
        named_after_a_row = {name for name in names_of_tests(path) if name.startswith("test_row_")}
        assert named_after_a_row <= {name for _, name in DOCUMENTED}, path.name
