"""What a report says otherwise than the one before it."""

from grader import Report
from grader.report import GradientReport, Run, Shape
from service.progress import Change, changes


def report(**verdicts: str) -> Report:
    shape = Shape("()", (), ())
    gradients = tuple(GradientReport(n, "x", v, 0.0, 1.0, shape) for n, v in verdicts.items())  # type: ignore[arg-type] # any verdict
    return Report("multiply", "", "mismatch", "code", "script", 0.0, 2.0, gradients, Run("finished"))


def test_only_gradients_of_another_verdict_have_changed() -> None:
    before = report(da="match", db="mismatch", dc="match", dd="mismatch", de="mismatch")
    after = report(da="match", db="match", dc="wrong_shape", dd="follow_through", de="mismatch")
    found = changes(before, after)
    assert found == (
        Change("db", "mismatch", "match"),
        Change("dc", "match", "wrong_shape"),
        Change("dd", "mismatch", "follow_through"),
    )


def test_a_gradient_that_only_one_of_them_judges_has_not_changed() -> None:
    assert changes(report(da="match"), report(db="mismatch")) == ()
