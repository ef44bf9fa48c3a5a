"""One setting: its variable, default, parser and help; a field of the dataclass `Settings`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from credit_scoring.errors import SettingError
from credit_scoring.settings.parsers import Parser


@dataclass(frozen=True)
class Setting:
    """One setting: its environment variable, the text used if that is unset, and its meaning.

    Variables that hosting platforms set have the platforms' names; all others start with
    CREDIT_SCORING_.
    """

    variable: str
    default: str
    parser: Parser
    help: str
    is_secret: bool = False  # no message repeats its text

    def value(self, environ: Mapping[str, str]) -> Any:
        """Return the value in `environ`; SettingError if invalid. An empty text means unset."""
        text = environ.get(self.variable, "").strip() or self.default
        try:
            return self.parser.parse(text)
        except (ValueError, KeyError) as error:
            shown = "not usable" if self.is_secret else f'"{text}"'
            raise SettingError(
                f"{self.variable} is {shown}: expected {self.parser.expected}"
            ) from error


def setting_field(
    variable: str, default: str, parser: Parser, help_text: str, *, is_secret: bool = False
) -> Any:
    """A field of `Settings` with its `Setting`."""
    setting = Setting(variable, default, parser, help_text, is_secret)
    return field(repr=not is_secret, metadata={"setting": setting})
