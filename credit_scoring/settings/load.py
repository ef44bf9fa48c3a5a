"""Loading the settings from environment variables."""

from collections.abc import Iterator, Mapping

from credit_scoring.errors import SettingError
from credit_scoring.settings.definitions import SETTINGS, Settings
from credit_scoring.suggestions import did_you_mean

PREFIX = "CREDIT_SCORING_"


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings in `environ`.

    SettingError lists every unknown variable with our prefix and every invalid value.
    """
    values = {}
    problems = [*_unknown_variables(environ)]
    for name, setting in SETTINGS.items():
        try:
            values[name] = setting.value(environ)
        except SettingError as error:
            problems.append(str(error))
    if problems:
        raise SettingError("\n".join(problems))
    return Settings(**values)


def _unknown_variables(environ: Mapping[str, str]) -> Iterator[str]:
    variables = {setting.variable for setting in SETTINGS.values()}
    labels = {variable.removeprefix(PREFIX): variable for variable in variables}
    for variable in environ:
        if variable.startswith(PREFIX) and variable not in variables:
            hint = did_you_mean(variable.removeprefix(PREFIX), labels, labels=labels)
            yield (
                f"{variable} is not a setting{hint}: correct or unset it, "
                "docs/settings.md lists all settings"
            )
