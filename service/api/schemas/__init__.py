"""What goes in and comes out, as marshmallow schemas by topic; the OpenAPI document is made of them."""

from service.api.schemas.audit import Entries, EntrySchema
from service.api.schemas.authoring import (
    AgreementSchema,
    ExerciseSource,
    ExerciseSourceOfCourse,
    PreviewSchema,
    StoredExerciseSchema,
    StoredHistorySchema,
    StoredVersionSchema,
    TableRowSchema,
)
from service.api.schemas.courses import (
    AssignmentSchema,
    ColumnSchema,
    CourseSchema,
    ExtensionSchema,
    GradebookSchema,
    OwnSchema,
    RowSchema,
    StandingSchema,
)
from service.api.schemas.curves import CurveSchema, EntryOf, EntryOfWhich, StepSchema
from service.api.schemas.errors import ErrorBody, ErrorSchema
from service.api.schemas.exercises import AskedSchema, ExerciseSchema, InterfaceSchema, WholeExerciseSchema
from service.api.schemas.grades import FormSchema, GivenSchema, GradeSchema, OverrideSchema
from service.api.schemas.health import HealthSchema, LiveSchema, ReadySchema, WorkerSchema
from service.api.schemas.people import PersonSchema, SignedIn, SignIn
from service.api.schemas.queries import Language, Wait, Which
from service.api.schemas.regrades import ComparedSchema, ItemSchema, Only, RegradeSchema, ScopeSchema
from service.api.schemas.reports import ResultsSchema, StoredReportSchema, TestSchema
from service.api.schemas.submissions import HandIn, HandInFile, IdempotencyHeader, SubmissionSchema

__all__ = [
    "AgreementSchema",
    "AskedSchema",
    "AssignmentSchema",
    "ColumnSchema",
    "ComparedSchema",
    "CourseSchema",
    "CurveSchema",
    "Entries",
    "EntryOf",
    "EntryOfWhich",
    "EntrySchema",
    "ErrorBody",
    "ErrorSchema",
    "ExerciseSchema",
    "ExerciseSource",
    "ExerciseSourceOfCourse",
    "ExtensionSchema",
    "FormSchema",
    "GivenSchema",
    "GradeSchema",
    "GradebookSchema",
    "HandIn",
    "HandInFile",
    "HealthSchema",
    "IdempotencyHeader",
    "InterfaceSchema",
    "ItemSchema",
    "Language",
    "LiveSchema",
    "Only",
    "OverrideSchema",
    "OwnSchema",
    "PersonSchema",
    "PreviewSchema",
    "ReadySchema",
    "RegradeSchema",
    "ResultsSchema",
    "RowSchema",
    "ScopeSchema",
    "SignIn",
    "SignedIn",
    "StandingSchema",
    "StepSchema",
    "StoredExerciseSchema",
    "StoredHistorySchema",
    "StoredReportSchema",
    "StoredVersionSchema",
    "SubmissionSchema",
    "TableRowSchema",
    "TestSchema",
    "Wait",
    "Which",
    "WholeExerciseSchema",
    "WorkerSchema",
]
