"""Learning platforms: those that are registered, for the administrator; those of a course, for its instructors."""

from __future__ import annotations
