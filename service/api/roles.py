"""What a role in a course allows: a course of somebody else's looks like none at all; in one's own, what is for
instructors is refused to others."""

from __future__ import annotations

from flask import abort, g


def require_grading(course_id: int) -> None:
    """Raises ApiError unless who asks is an assistant or an instructor there."""
    if course_id not in g.person.grades:
        abort(404)


def require_teaching(course_id: int) -> None:
    """Raises ApiError unless who asks is an instructor there."""
    require_grading(course_id)
    if course_id not in g.person.teaches:
        abort(403)
