"""`--help` of every command on narrow terminals: nothing is cut, every command and option shown."""

import pytest
import typer

import model

GROUP = typer.main.get_command(model.cli)
KEYS = GROUP.commands["keys"]
COMMANDS = {
    (): GROUP,
    **{(name,): command for name, command in GROUP.commands.items()},
    **{("keys", name): command for name, command in KEYS.commands.items()},
}
WIDTHS = (60, 80)


def letters(text):
    """The text without spaces: lines break between words and after hyphens."""
    return "".join(text.split())


@pytest.fixture
def run(capsys):
    """Run the command line; its output. Typer's test runner has a width of its own."""

    def run(*arguments):
        with pytest.raises(SystemExit):
            model.cli(arguments, prog_name="model.py")
        return "".join(capsys.readouterr())

    return run


@pytest.fixture(params=WIDTHS)
def width(request, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(request.param))
    return request.param


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_wraps_and_is_never_cut(run, path, width):
    text = run(*path, "--help")
    assert "…" not in text
    assert "..." not in text.replace("COMMAND [ARGS]...", "")
    assert max(len(line) for line in text.splitlines()) <= width
    assert letters(COMMANDS[path].help) in letters(text)
    for parameter in COMMANDS[path].params:
        assert all(name in text.split() for name in parameter.opts), parameter.name
        assert letters(parameter.help or "") in letters(text)


@pytest.mark.usefixtures("width")
def test_list_of_commands_has_their_whole_texts_by_panel(run):
    text = run("--help")
    for name, command in GROUP.commands.items():
        assert letters(name + command.help.split("\n\n")[0]) in letters(text)
    panels = [line for line in text.splitlines() if line.endswith(":") and line[0] != " "]
    assert panels == [
        "Options:", "Data:", "Laboratory:", "Training:", "Evaluation:", "Registry:", "Serving:",
        "Decision log:",
    ]  # fmt: skip


@pytest.mark.usefixtures("width")
def test_error_names_the_whole_option(run):
    output = run("train", "--false-negative-costs", "1")
    assert "No such option: --false-negative-costs" in output
    assert "--false-negative-cost" in output.split("Possible options")[1]


def test_every_command_that_reads_data_says_whether_it_takes_a_flat_table():
    texts = {
        path: next(p.help for p in command.params if p.name == "data")
        for path, command in COMMANDS.items()
        if any(parameter.name == "data" for parameter in command.params)
    }
    assert len(texts) >= 10
    assert [path for path, text in texts.items() if "flat table" not in text] == [("train",)]
    table = next(parameter for parameter in COMMANDS["train",].params if parameter.name == "table")
    assert table.help.startswith("Instead of --data, a flat table")
