"""The state of the service."""

from __future__ import annotations

from marshmallow import Schema, fields, validate


class WorkerSchema(Schema):
    """A process that grades, alive within the last seconds."""

    name = fields.String(required=True)
    layers = fields.Dict(required=True, metadata={"description": "What its sandbox is made of."})
    started_at = fields.AwareDateTime(required=True)
    seen_at = fields.AwareDateTime(required=True)


class HealthSchema(Schema):
    """Whether the service can do its work."""

    status = fields.String(required=True, validate=validate.OneOf(["ok", "degraded", "down"]))
    database = fields.Boolean(required=True)
    broker = fields.Boolean(required=True)
    queue = fields.Integer(required=True, allow_none=True, metadata={"description": "Messages in the broker."})
    workers = fields.List(fields.Nested(WorkerSchema), required=True)


class LiveSchema(Schema):
    """The process answers."""

    status = fields.String(required=True, validate=validate.Equal("ok"))


class ReadySchema(Schema):
    """Whether all is there that requests need."""

    status = fields.String(required=True, validate=validate.OneOf(["ok", "down"]))
    database = fields.Boolean(required=True)
    migrated = fields.Boolean(
        required=True, metadata={"description": "Whether the tables are those of this version; False, too, if unknown."}
    )
    broker = fields.Boolean(required=True)
