"""Deployment settings, read from environment variables once at startup.

`python -m credit_scoring.settings` prints docs/settings.md.
"""

from credit_scoring.settings.definitions import SETTINGS, Settings
from credit_scoring.settings.load import load_settings

__all__ = ["SETTINGS", "Settings", "load_settings"]
