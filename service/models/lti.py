"""Learning platforms (LTI 1.3): who they are, what of theirs is linked to what of ours, which scores they were sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.models.base import Base, now
from service.models.courses import Assignment, Course


class LtiKey(Base):
    """The key pair that we sign with: `public` is a JWK, `private` a PEM, encrypted under the deployment's secret."""

    __tablename__ = "lti_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    public: Mapped[dict[str, Any]]
    private: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)


class LtiPlatform(Base):
    """A platform that the administrator registered. What comes with an id of `deployments` is taken, nothing else is.

    `audience` is what its token endpoint wants to be called (None: its address). Its pages may show ours in a frame
    when they come from the issuer, from where people sign in, or from one of `origins`. With `makes_courses` those who
    teach there may make courses here. One that is not `active` is refused and sent nothing."""

    __tablename__ = "lti_platforms"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    issuer: Mapped[str] = mapped_column(String(255))
    client_id: Mapped[str] = mapped_column(String(255))
    authorization_url: Mapped[str] = mapped_column(Text)
    token_url: Mapped[str] = mapped_column(Text)
    jwks_url: Mapped[str] = mapped_column(Text)
    audience: Mapped[str | None] = mapped_column(Text)
    deployments: Mapped[list[str]] = mapped_column(JSON)
    origins: Mapped[list[str]] = mapped_column(JSON)
    makes_courses: Mapped[bool] = mapped_column(default=False, server_default=false())
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[datetime] = mapped_column(default=now)


class LtiLogin(Base):
    """A launch that began: its `state` (as SHA-256) is good once, for an id_token with this `nonce`. `browser` is the
    SHA-256 of the cookie of the browser where it began."""

    __tablename__ = "lti_logins"

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("lti_platforms.id"))
    state: Mapped[str] = mapped_column(String(64), unique=True)
    nonce: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)


class LtiContext(Base):
    """A course of a platform, and which of our courses it is, once an instructor of both has said so.

    `lineitems` is where its gradebook's columns are listed and made, with what `scopes` allow; `memberships` where its
    people are listed; None where the platform does not say."""

    __tablename__ = "lti_contexts"
    __table_args__ = (UniqueConstraint("platform_id", "deployment", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("lti_platforms.id"))
    deployment: Mapped[str] = mapped_column(String(255))
    key: Mapped[str] = mapped_column(String(255))
    title: Mapped[str] = mapped_column(String(200))
    course_id: Mapped[int | None] = mapped_column(ForeignKey("courses.id"), index=True)
    lineitems: Mapped[str | None] = mapped_column(Text)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    memberships: Mapped[str | None] = mapped_column(Text)
    roster_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)

    platform: Mapped[LtiPlatform] = relationship()
    course: Mapped[Course | None] = relationship()


class LtiLink(Base):
    """A link in a platform's course that leads here, once an instructor has said where: to an assignment, or (None)
    to the whole course. `lineitem` is the column of the platform's gradebook that belongs to it."""

    __tablename__ = "lti_links"
    __table_args__ = (UniqueConstraint("context_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    context_id: Mapped[int] = mapped_column(ForeignKey("lti_contexts.id"))
    key: Mapped[str] = mapped_column(String(255))
    title: Mapped[str] = mapped_column(String(200))
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("assignments.id"), index=True)
    lineitem: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)

    context: Mapped[LtiContext] = relationship()
    assignment: Mapped[Assignment | None] = relationship()


class LtiMember(Base):
    """Somebody who belongs to a platform's course: its roster says so, or they came from there at `came_at`."""

    __tablename__ = "lti_members"
    __table_args__ = (UniqueConstraint("context_id", "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    context_id: Mapped[int] = mapped_column(ForeignKey("lti_contexts.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    came_at: Mapped[datetime | None]


class LtiLaunch(Base):
    """A launch whose id_token was verified: `message` is what of it is used (see `service.lti.messages`). Its ticket
    (kept as SHA-256) opens it once. `account_id` and `opened_at` tell who went on, and `browser` where."""

    __tablename__ = "lti_launches"

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("lti_platforms.id"))
    ticket: Mapped[str] = mapped_column(String(64), unique=True)
    message: Mapped[dict[str, Any]]
    browser: Mapped[str | None] = mapped_column(String(64))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    opened_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)

    platform: Mapped[LtiPlatform] = relationship()


class LtiScore(Base):
    """What the platform was last told of one student, for one link: `score` out of `maximum`, in points, and whether
    it was `final`. Where that is not what it should have, it is told at `next_at`, after `tries` that failed; `error`
    is what the last of them met."""

    __tablename__ = "lti_scores"
    __table_args__ = (UniqueConstraint("link_id", "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("lti_links.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    score: Mapped[float | None]
    maximum: Mapped[float | None]
    final: Mapped[bool] = mapped_column(default=False, server_default=false())
    sent_at: Mapped[datetime | None]
    next_at: Mapped[datetime] = mapped_column(default=now)
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    error: Mapped[str | None] = mapped_column(Text)
