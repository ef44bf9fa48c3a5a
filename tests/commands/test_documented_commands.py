"""Every command in the README, docs/ and the Makefile exists, with the options and values shown.

Only the command line is parsed. tests/test_readme.py and the tests of the pages run the commands.
"""

import re
import shlex
from uuid import UUID

import pytest
import typer

import model
from tests.server_process import ROOT

GROUP = typer.main.get_command(model.cli)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "Makefile"]
VARIABLE = re.compile(r"^([A-Z]+) := (.+)$", re.MULTILINE)  # of the Makefile
# A line of a code block or of the Makefile: spaces or a tab, variables, Python, model.py.
LINE = re.compile(r"^[ \t@]*(?:[A-Z_]+=\S+ )*\S*python model\.py ([^`\n]+)$", re.MULTILINE)
MENTION = re.compile(r"`python model\.py ([^`]+)`")  # in a sentence: options may be left out
PLACEHOLDERS = {"M": "30", "ATTRIBUTE": "DAYS_BIRTH", "$DECISION_ID": str(UUID(int=0))}


def text_of(page):
    """The page's text; in the Makefile variables are replaced by their values."""
    text = page.read_text(encoding="utf-8")
    values = dict(VARIABLE.findall(text))
    return re.sub(r"\$\(([A-Z]+)\)", lambda match: values.get(match[1], match[0]), text)


TEXTS = {page.name: text_of(page) for page in PAGES}


def words_of(command):
    """The words of a command, without its comment, its redirection and the brackets of a usage."""
    command = re.split(r"\s+#\s|\s[|>&]+\s?", command)[0].replace("...", "")
    command = re.sub(r"\b(\w+)(?:\|\w+)+", r"\1", re.sub(r"[\[\]]", " ", command))
    return [PLACEHOLDERS.get(word, word) for word in shlex.split(command)]


def found_in_pages(pattern):
    """The page and words of each match; the lines of a usage that begin with "[" are joined."""
    return [
        (page, words_of(match[1]))
        for page, text in TEXTS.items()
        for match in pattern.finditer(re.sub(r"\n {10,}(?=\[)", " ", text))
    ]


def find_command(words):
    """The command, or its subcommand, and the words after its name."""
    command = GROUP
    while words and hasattr(command, "commands"):
        name, *words = words
        assert name in command.commands, f"{name} is not a command"
        command = command.commands[name]
    return command, words


def parse(words):
    """Parse the command; the error of an unknown option or of an invalid value names it."""
    command, arguments = find_command(words)
    command.make_context(command.name, arguments)


LINES = found_in_pages(LINE)
MENTIONS = [words for _, words in found_in_pages(MENTION) if words[0] != "--help"]


def test_commands_are_found_on_the_pages():
    pages = {page for page, _ in LINES}
    assert {"README.md", "Makefile", "laboratory.md", "tracking.md", "any-table.md"} <= pages
    assert len(LINES) > 40
    assert len(MENTIONS) > 10


@pytest.mark.parametrize("words", [words for _, words in LINES], ids=" ".join)
def test_command_is_taken_as_written(words):
    parse(words)


@pytest.mark.parametrize("words", MENTIONS, ids=" ".join)
def test_mentioned_command_has_the_options(words):
    command, arguments = find_command(words)
    options = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    assert {word for word in arguments if word.startswith("--")} <= options


@pytest.mark.parametrize("command", ["retrain --data x", "train --date x", "train --seed pi"])
def test_mistake_on_a_page_would_be_found(command):
    with pytest.raises(Exception, match=r"retrain is not|No such option|integer"):
        parse(words_of(command))


def test_benchmarks_and_make_targets_exist():
    text = "".join(TEXTS.values())
    benchmarks = set(re.findall(r"python (bench/\S+\.py)", text))
    assert [name for name in benchmarks if not (ROOT / name).exists()] == []
    targets = set(re.findall(r"(?:^|`|    )make ([a-z][a-z-]*)\b", text, re.MULTILINE))
    assert {"run", "lab", "mlflow"} <= targets
    assert [target for target in targets if f"\n{target}:" not in TEXTS["Makefile"]] == []


def test_make_does_not_override_a_variable_that_a_page_gives_it():
    """The Makefile's own value of an exported variable precedes that of the environment."""
    own = set(re.findall(r"^[a-z ]+: export (\w+) =", TEXTS["Makefile"], re.MULTILINE))
    assert "DATABASE_URL" in own
    given = {
        (page, name)
        for page, text in TEXTS.items()
        for line in re.findall(r"^[ \t]*((?:[A-Z_]+=\S+ )+)make ", text, re.MULTILINE)
        for name in re.findall(r"([A-Z_]+)=", line)
    }
    assert [(page, name) for page, name in given if name in own] == []


def test_simulations_of_a_page_write_different_files():
    """`simulate` refuses a file that exists: the second of two commands would fail."""
    lines = [words for page, words in found_in_pages(LINE) if page == "monitoring.md"]
    files = [
        words[words.index("--out") + 1] if "--out" in words else "data/simulated.db"
        for words in lines
        if words[0] == "simulate"
    ]
    assert len(files) >= 4
    assert len(set(files)) == len(files)
