"""Help texts of the command line: plain text that wraps and is never cut."""

from typing import Any

import typer
from typer.core import TyperGroup

WIDEST = {"max_content_width": 100}  # columns of a help text on a wider terminal


class CommandGroup(TyperGroup):
    """A group whose help lists the commands by panel, each with its first paragraph.

    Without this class, the list cuts each text to one line.
    """

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write a section per panel, in the order of the commands."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command = self.commands[name]
            panel = getattr(command, "rich_help_panel", None)
            rows = panels.setdefault(panel if isinstance(panel, str) else "Commands", [])
            rows.append((name, (command.help or "").split("\n\n")[0]))
        for panel, rows in panels.items():
            with formatter.section(panel):
                formatter.write_dl(rows)


def command_group(help_text: str) -> typer.Typer:
    """A group of commands, which shows its help if no command is given."""
    return typer.Typer(
        cls=CommandGroup, help=help_text, no_args_is_help=True, add_completion=False,
        rich_markup_mode=None, pretty_exceptions_enable=False, context_settings=WIDEST,
    )  # fmt: skip
