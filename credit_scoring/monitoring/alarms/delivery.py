"""Delivery of alarm changes by the webhook: at least once, oldest first, retried.

The attempts are counted in the database before each of them, so that a restart does not start
again, and of several processes one makes an attempt. A process that dies in an attempt leaves it
counted; the next one follows as if it had failed. A change that failed may arrive after later ones:
its `timestamp` says when it was.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from credit_scoring.bundle.manifest import VERSION_LENGTH
from credit_scoring.monitoring.alarms.alarm_log import AlarmChange, AlarmLog
from credit_scoring.monitoring.alarms.rules import Rule
from credit_scoring.monitoring.alarms.webhook import DeliveryError, Webhook

# Seconds before each attempt, as Standard Webhooks recommends: over three days in all.
DELAYS = (0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
DUE_AFTER = tuple(accumulate(DELAYS))  # seconds after the change
# A change that was not delivered by then is not sent any more, for example if a webhook is set
# weeks after it.
EXPIRES_AFTER = timedelta(seconds=DUE_AFTER[-1]) + timedelta(days=1)
log = logging.getLogger(__name__)


def deliver_due(
    alarm_log: AlarmLog, webhook: Webhook, rules: Mapping[str, Rule], now: datetime | None = None
) -> int:
    """Send the changes that are due, until one fails; return how many were delivered.

    StorageError if the database is not available.
    """
    now = now or datetime.now(UTC)
    delivered = 0
    for change in alarm_log.undelivered(now - EXPIRES_AFTER, len(DELAYS)):
        if is_due(change, now) and alarm_log.claim(change):
            if not _deliver(change, alarm_log, webhook, rules):
                break
            delivered += 1
    return delivered


def is_due(change: AlarmChange, now: datetime) -> bool:
    """Whether the next attempt may be made; the first one at once, also if the clock was set back.

    >>> [delay / 3600 for delay in DUE_AFTER[-2:]]
    [51.58472222222222, 75.58472222222223]
    """
    wait = timedelta(seconds=DUE_AFTER[change.attempts])
    return change.attempts == 0 or now >= change.made_at + wait


def payload_of(change: AlarmChange, rule: Rule | None) -> dict[str, Any]:
    """What the webhook sends about a change; `rule` is None if it was removed meanwhile."""
    return {
        "type": f"alarm.{change.state}",
        "timestamp": change.made_at.isoformat(),
        "data": {
            "rule": change.rule,
            "title": rule.title if rule else change.rule,
            "state": change.state,
            "model_version": change.model_digest[:VERSION_LENGTH],
            "value": change.value,
            "limit": change.limit_value,
            "since": change.since and change.since.isoformat(),
            "message": change.message,
            "action": rule.action if rule and change.state == "on" else "",
        },
    }


def _deliver(
    change: AlarmChange, alarm_log: AlarmLog, webhook: Webhook, rules: Mapping[str, Rule]
) -> bool:
    try:
        webhook.send(change.change_id, payload_of(change, rules.get(change.rule)))
    except DeliveryError as error:
        attempt = change.attempts + 1
        level = logging.ERROR if attempt == len(DELAYS) else logging.WARNING
        log.log(
            level, "alarm %s %s was not delivered, attempt %d of %d: %s",
            change.rule, change.state, attempt, len(DELAYS), error,
        )  # fmt: skip
        return False
    alarm_log.note_delivery(change)
    return True
