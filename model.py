"""The command line: sample data, training, evaluation, model registry, decision log.

`python model.py --help` lists the commands. Each is a function in credit_scoring/commands.
"""

from credit_scoring.commands import INSTALL
from credit_scoring.errors import message_on_exit

with message_on_exit(INSTALL):
    from credit_scoring.commands.command_line import cli

if __name__ == "__main__":
    with message_on_exit(INSTALL):
        cli()
