"""What people write for people: comments and reasons."""

from __future__ import annotations

import unicodedata
from typing import Any

from marshmallow import fields

LONGEST = 2_000  # characters


def cleaned(text: str) -> str:
    """`text` as it is kept: without control characters other than tabs and ends of lines, and without halves of
    characters, which databases and readers choke on; without space around it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (one for one in text if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cs"))
    return "".join(kept).strip()


class Prose(fields.String):
    """Such text in a schema: cleaned, then of `least` to LONGEST characters."""

    default_error_messages = {"length": f"Write 1 to {LONGEST} characters."}  # noqa: RUF012 - marshmallow's own spelling

    def __init__(self, least: int = 1, **named: Any) -> None:
        super().__init__(**named)
        self._least = least

    def _deserialize(self, value: Any, *arguments: Any, **named: Any) -> str:
        text = cleaned(super()._deserialize(value, *arguments, **named))
        if not self._least <= len(text) <= LONGEST:
            raise self.make_error("length")
        return text
