"""What is sent to a database."""

from __future__ import annotations

from sqlalchemy import Engine, event


def counted(engine: Engine) -> list[str]:
    """The statements that are sent from here on; a transaction's beginning is one of them where SQLite is told so."""
    sent: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    return sent
