"""What goes in and comes out, as marshmallow schemas; the OpenAPI document is made of them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from service.models import GRADED, GRADING, MAX_ID, QUEUED, UNGRADED
from service.waiting import LONGEST


class ErrorBody(Schema):
    """What went wrong."""

    code = fields.String(required=True, metadata={"description": "For machines; stable."})
    message = fields.String(required=True, metadata={"description": "For people: what to change."})
    details = fields.Dict(required=True, metadata={"description": "What is wrong where, or {}."})


class ErrorSchema(Schema):
    """The one shape of every error."""

    error = fields.Nested(ErrorBody, required=True)


class Wait(Schema):
    """How long to wait for the report."""

    wait = fields.Float(
        load_default=None,
        validate=validate.Range(0, LONGEST),
        metadata={"description": "Seconds to wait for the report, 0 to 30."},
    )
    language = fields.String(
        validate=validate.OneOf(["en", "ja"]), metadata={"description": "Of the messages; else the account's."}
    )


class Language(Schema):
    """In which language titles and messages are."""

    language = fields.String(validate=validate.OneOf(["en", "ja"]))


class IdempotencyHeader(Schema):
    """Makes a hand-in safe to repeat."""

    key = fields.String(
        data_key="Idempotency-Key",
        load_default=None,
        validate=[validate.Length(1, 200), validate.Regexp(r"^[\x21-\x7e]*$", error="Printable ASCII, no spaces.")],
        metadata={"description": "The same key with the same body is the same submission, for 24 hours."},
    )


class HandIn(Schema):
    """A submission: code as one text, or one expression per asked gradient."""

    kind = fields.String(required=True, validate=validate.OneOf(["code", "symbolic"]))
    source = fields.String(metadata={"description": "With kind code: a Python file or a Jupyter notebook, as text."})
    filename = fields.String(load_default="", metadata={"description": "Tells a notebook by its ending .ipynb."})
    answers = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "With kind symbolic.", "example": {"dx": "y", "dy": "x"}},
    )

    @validates_schema
    def check_kind(self, data: dict[str, Any], **kwargs: object) -> None:
        """Code comes with a source, symbols with answers, and neither with the other's."""
        needed, other = ("source", "answers") if data["kind"] == "code" else ("answers", "source")
        if needed not in data:
            raise ValidationError({needed: [f"Missing: a submission of kind {data['kind']} needs it."]})
        if other in data:
            raise ValidationError({other: [f"Not taken with kind {data['kind']}."]})


class HandInFile(Schema):
    """A submission as a file."""

    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary", "description": ".py or .ipynb"})


class PersonSchema(Schema):
    """Somebody."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True)


class SubmissionSchema(Schema):
    """A submission, its place in the queue, and its report once there is one."""

    id = fields.Integer(required=True)
    status = fields.String(required=True, validate=validate.OneOf([QUEUED, GRADING, GRADED, UNGRADED]))
    position = fields.Integer(required=True, allow_none=True, metadata={"description": "1: the next; null: done."})
    exercise = fields.String(required=True)
    assignment_id = fields.Integer(required=True, allow_none=True, metadata={"description": "null: practice."})
    attempt = fields.Integer(required=True, allow_none=True)
    kind = fields.String(required=True)
    student = fields.Nested(PersonSchema, required=True)
    created_at = fields.AwareDateTime(required=True)
    picked_at = fields.AwareDateTime(required=True, allow_none=True)
    done_at = fields.AwareDateTime(required=True, allow_none=True)
    points = fields.Float(
        required=True, allow_none=True, metadata={"description": "The report's score, in the assignment's points."}
    )
    report = fields.Dict(required=True, allow_none=True, metadata={"description": "Schema 1; null until done."})


class AskedSchema(Schema):
    """One asked gradient."""

    name = fields.String(required=True)
    wrt = fields.String(required=True, allow_none=True)
    points = fields.Float(required=True)
    shape = fields.String(required=True, metadata={"description": "In the exercise's letters."})


class InterfaceSchema(Schema):
    """One way of handing in code."""

    name = fields.String(required=True)
    description = fields.String(required=True)


class ExerciseSchema(Schema):
    """An exercise of the catalogue, in short."""

    name = fields.String(required=True)
    title = fields.String(required=True)
    digest = fields.String(required=True)
    max_score = fields.Float(required=True)
    accepts_symbols = fields.Boolean(required=True)


class WholeExerciseSchema(ExerciseSchema):
    """An exercise with what it asks and how to hand in."""

    forward = fields.String(required=True)
    dimensions = fields.Dict(required=True, keys=fields.String(), values=fields.Integer())
    asks = fields.List(fields.Nested(AskedSchema), required=True)
    interfaces = fields.List(fields.Nested(InterfaceSchema), required=True)


class Which(Language):
    """Whose version of the exercise: of a course that one teaches, or one's own of an assignment; else the
    catalogue's."""

    course = fields.Integer(load_default=None, validate=validate.Range(1, MAX_ID))
    assignment = fields.Integer(load_default=None, validate=validate.Range(1, MAX_ID))


class ExerciseSource(Schema):
    """An exercise as its author writes it."""

    source = fields.String(required=True, metadata={"description": "YAML, as docs/exercises.md has it."})


class ExerciseSourceOfCourse(ExerciseSource):
    """The same with the course that it is for."""

    course_id = fields.Integer(required=True, strict=True)


class StoredExerciseSchema(Schema):
    """The current version of an exercise of a course's own."""

    course_id = fields.Integer(required=True)
    name = fields.String(required=True)
    digest = fields.String(required=True)
    version = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)


class StoredVersionSchema(StoredExerciseSchema):
    """One version with its author and source."""

    author = fields.Nested(PersonSchema, required=True)
    source = fields.String(required=True)


class StoredHistorySchema(StoredVersionSchema):
    """The current version, and all of them, the newest first."""

    versions = fields.List(fields.Nested(StoredVersionSchema), required=True)


class TableRowSchema(Schema):
    """One line of the dimension table."""

    kind = fields.String(required=True, validate=validate.OneOf(["input", "step", "asked"]))
    name = fields.String(required=True)
    letters = fields.String(required=True)
    numbers = fields.List(fields.Integer(), required=True)


class AgreementSchema(Schema):
    """How far the witnesses of one gradient are apart at one point, relative to its scale."""

    name = fields.String(required=True)
    sizes = fields.Dict(required=True, keys=fields.String(), values=fields.Integer())
    outright = fields.Float(required=True, allow_none=True, metadata={"description": "By SymPy; null: too large."})
    numerical = fields.Float(required=True)


class PreviewSchema(Schema):
    """What follows from an exercise that somebody writes."""

    name = fields.String(required=True)
    title = fields.Dict(required=True, keys=fields.String(), values=fields.String())
    digest = fields.String(required=True)
    forward = fields.String(required=True)
    dimensions = fields.Dict(required=True, keys=fields.String(), values=fields.Integer())
    max_score = fields.Float(required=True)
    accepts_symbols = fields.Boolean(required=True)
    table = fields.List(fields.Nested(TableRowSchema), required=True)
    formulas = fields.Dict(required=True, metadata={"description": "Of scalar circuits, by asked gradient."})
    sample = fields.Dict(required=True, metadata={"description": "The worked example's inputs and steps, rounded."})
    agreements = fields.List(fields.Nested(AgreementSchema), required=True)
    handout = fields.Dict(required=True, metadata={"description": "Markdown, by language."})
    skeleton = fields.Dict(required=True, metadata={"description": "Python, by language."})


class CourseSchema(Schema):
    """A course, in short."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)


class AssignmentSchema(Schema):
    """An exercise handed out in a course; `attempts_spent` are the reader's own."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    exercise = fields.String(required=True)
    points = fields.Float(required=True)
    variants = fields.Boolean(required=True, metadata={"description": "Whether each student has a variant."})
    course = fields.Nested(CourseSchema, required=True)
    role = fields.String(required=True)
    attempts_spent = fields.Integer(required=True)


class StandingSchema(Schema):
    """One student in one assignment; `score` is the best attempt's, in the assignment's points."""

    assignment_id = fields.Integer(required=True)
    attempts = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    score = fields.Float(required=True, allow_none=True)
    best_submission_id = fields.Integer(required=True, allow_none=True)
    wrong = fields.List(fields.String(), required=True, metadata={"description": "By the newest report."})


class RowSchema(Schema):
    """One student's row."""

    student = fields.Nested(PersonSchema, required=True)
    total = fields.Float(required=True)
    standings = fields.List(fields.Nested(StandingSchema), required=True)


class ColumnSchema(Schema):
    """One assignment of the course."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    exercise = fields.String(required=True)
    points = fields.Float(required=True)


class GradebookSchema(Schema):
    """A course at a glance."""

    course = fields.Nested(CourseSchema, required=True)
    assignments = fields.List(fields.Nested(ColumnSchema), required=True)
    students = fields.List(fields.Nested(RowSchema), required=True)


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
