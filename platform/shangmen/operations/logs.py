"""Logs: structured lines without what identifies a person."""

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

# A citizen's ID number, a mobile number, and the secrets of a log-in never reach a line.
_PATTERNS = (
    # What somebody searched for stands in the query of an address: names too, which no pattern knows.
    (re.compile(r"(/[^\s?\"']*)\?[^\s\"']+"), r"\1?…"),
    (re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)"), r"\1********\2"),
    (re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)"), r"\1****\2"),
)
_SECRET = {"password", "token", "secret", "code", "cookie"}


def redacted(text: str) -> str:
    """The text with ID numbers and telephones masked, and addresses without what was asked of them."""
    for pattern, masked in _PATTERNS:
        text = pattern.sub(masked, text)
    return text


def redact(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor over every value of a line."""
    for key, value in event.items():
        if key in _SECRET:
            event[key] = "…"
        elif isinstance(value, str):
            event[key] = redacted(value)
    return event


class _Redacting(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redacted(record.getMessage()), ()
        return True


def configure(level: int = logging.WARNING) -> None:
    """Set up logging for a process."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
    handler = logging.StreamHandler()
    handler.addFilter(_Redacting())
    logging.basicConfig(level=level, handlers=[handler], force=True)
