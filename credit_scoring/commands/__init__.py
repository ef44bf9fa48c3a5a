"""The commands of `model.py`, one per module. Heavy packages are imported inside the functions."""

from credit_scoring.errors import message_on_exit

INSTALL = "make lab, or pip install -r requirements-lab.txt"


def main() -> None:
    """The script `credit-scoring` of an installed package."""
    with message_on_exit(INSTALL):
        from credit_scoring.commands.command_line import cli

        cli()
