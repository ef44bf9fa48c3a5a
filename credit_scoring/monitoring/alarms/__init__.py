"""Alarms: rules as data, their evaluation with hysteresis, the log of changes, the webhook."""
