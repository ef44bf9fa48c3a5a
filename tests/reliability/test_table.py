"""docs/reliability.md names tests that are there, and leaves out none that says which row it is about."""

import ast
import re

from tests.running import ROOT

PAGE = (ROOT / "docs/reliability.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::([\w:]+)`", PAGE)
ROWS = [*range(1, 5), *range(15, 30), 31, 32]


def names_in(path):
    """The tests of a file as pytest names them: `test_x`, `TestY::test_z`."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        yield from (prefix + each.name for each in inner if isinstance(each, ast.FunctionDef))


def test_every_row_names_tests_and_every_named_test_exists():
    assert [
        int(number) for number in re.findall(r"^\| (\d+) \|.*`tests/", PAGE, re.MULTILINE)
    ] == ROWS
    missing = [f"{path}::{name}" for path, name in NAMED if name not in names_in(ROOT / path)]
    assert not missing


def test_every_test_that_names_a_row_is_in_the_table():
    for path in sorted((ROOT / "tests/reliability").glob("test_*.py")):
        about = {name for name in names_in(path) if re.match(r"test_row_\d", name)}
        assert about <= {name for _, name in NAMED}, path.name
