"""What goes in and comes out, as marshmallow schemas by topic; the OpenAPI document is made of them."""

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
from service.api.schemas.errors import ErrorBody, ErrorSchema
from service.api.schemas.exercises import AskedSchema, ExerciseSchema, InterfaceSchema, WholeExerciseSchema
from service.api.schemas.health import HealthSchema, WorkerSchema
from service.api.schemas.people import PersonSchema, SignedIn, SignIn
from service.api.schemas.queries import Language, Wait, Which
from service.api.schemas.submissions import HandIn, HandInFile, IdempotencyHeader, SubmissionSchema

__all__ = [
    "AgreementSchema",
    "AskedSchema",
    "AssignmentSchema",
    "ColumnSchema",
    "CourseSchema",
    "ErrorBody",
    "ErrorSchema",
    "ExerciseSchema",
    "ExerciseSource",
    "ExerciseSourceOfCourse",
    "ExtensionSchema",
    "GradebookSchema",
    "HandIn",
    "HandInFile",
    "HealthSchema",
    "IdempotencyHeader",
    "InterfaceSchema",
    "Language",
    "OwnSchema",
    "PersonSchema",
    "PreviewSchema",
    "RowSchema",
    "SignIn",
    "SignedIn",
    "StandingSchema",
    "StoredExerciseSchema",
    "StoredHistorySchema",
    "StoredVersionSchema",
    "SubmissionSchema",
    "TableRowSchema",
    "Wait",
    "Which",
    "WholeExerciseSchema",
    "WorkerSchema",
]
