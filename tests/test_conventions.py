"""Conventions of the code base that no linter checks: module length, wording, paths in Polars."""

import ast
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
GLOBBING = {"scan_parquet", "scan_csv", "scan_ipc", "read_parquet"}  # Polars' functions
MAX_LINES = 300
EXCLUDED = (
    "swagger-ui",
    "vendor/",
    "CHANGELOG.md",
    "french",
    "texts/fr",
    "models/",
    "docs/notebooks/",
    "test_conventions.py",
)
TEXT = {".py", ".md", ".toml", ".html", ".js", ".css", ".ipynb", ".yml", ""}
# Phrases that read as translated. "has not" is idiomatic before "yet" and a participle.
PHRASES = re.compile(
    r"\b(anew|whoever|for ever|so many|is no|needs? it not|there as a whole|beside|told of|"
    r"asked of|held (?:to|against)|worked out|what became of|nor does|"
    r"ha(?:s|ve) not(?! (?:yet|\w+(?:ed|en|un)\b)))\b",
    re.IGNORECASE,
)


def project_files():
    command = ["git", "ls-files"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    paths = [name for name in listing.stdout.splitlines() if (ROOT / name).is_file()]
    assert paths
    return [name for name in paths if not any(part in name for part in EXCLUDED)]


def test_modules_have_at_most_300_lines():
    modules = [name for name in project_files() if name.endswith(".py")]
    lengths = {name: len((ROOT / name).read_text("utf-8").splitlines()) for name in modules}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


def test_no_test_has_a_time_limit_of_its_own():
    """A few seconds are too short on a loaded machine: use PATIENCE of tests.server_process.

    conftest.py sets Hypothesis' deadline.
    """
    own_limit = re.compile(
        r"\b(?:timeout|seconds|within)=\d|\.(?:wait|join|communicate)\(\d\d|deadline=|"
        r"perf_counter|monotonic\(\) \+ \d"
    )
    allowed = re.compile(r"timedelta\(|run\(study|until the lock|within=30")
    offences = [
        f"{name}:{number}: {line.strip()}"
        for name in project_files()
        if re.match(r"tests/(?!conftest).*\.py$|test_app\.py$", name)
        for number, line in enumerate((ROOT / name).read_text("utf-8").splitlines(), 1)
        if own_limit.search(line) and not allowed.search(line)
    ]
    assert offences == []


def test_prose_avoids_phrases_that_read_as_translated():
    offences = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name in project_files()
        if Path(name).suffix in TEXT
        for number, line in enumerate((ROOT / name).read_text("utf-8").splitlines(), 1)
        if PHRASES.search(line)
    ]
    assert offences == []


def test_polars_takes_a_path_as_it_is():
    """By default Polars takes `[`, `*` and `?` in the name of a file or folder for a pattern."""
    calls = [
        (name, node)
        for name in project_files()
        if re.match(r"credit_scoring/.*\.py$", name)
        for node in ast.walk(ast.parse((ROOT / name).read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {f"pl.{f}" for f in GLOBBING}
    ]
    assert calls
    assert [f"{name}:{node.lineno}" for name, node in calls if not _is_literal_path(node)] == []


def _is_literal_path(call):
    return any(each.arg == "glob" and not ast.literal_eval(each.value) for each in call.keywords)
