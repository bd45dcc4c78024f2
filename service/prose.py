"""What people write for people: comments and reasons."""

from __future__ import annotations

import unicodedata

LONGEST = 2_000


def cleaned(text: str) -> str:
    """`text` as it is kept: without control characters other than tabs and ends of lines, and without halves of
    characters, which databases and readers choke on; without space around it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (one for one in text if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cs"))
    return "".join(kept).strip()
