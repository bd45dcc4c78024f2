"""An exercise that a course writes itself: from YAML over HTTP to graded submissions, and hostile ones refused."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import update

from grader import LANGUAGES, ExerciseError, catalogue, read_code, read_exercise
from service import examination
from service.authentication import by_token
from service.models import Assignment, CourseExercise, Submission
from service.submissions import hand_in
from tests.service.client import Answer, Client, assert_error
from tests.service.conftest import PASSWORD, Parts

TILTED = """\
name: tilted-layer
title: {en: A tilted layer, ja: 傾いた層}
dimensions: {n: 3, k: 2, m: 4}
inputs:
  X: {shape: [n, m]}
  T: {shape: [k, m]}
  W: {shape: [k, n], parameter: true}
  b: {shape: [k, 1], parameter: true}
forward: |
  Z = W @ X + b
  A = sin(Z) + Z
  J = sum((A - T) ** 2) / (2 * m)
gradients:
  dZ: {of: J, wrt: Z}
  dW: {of: J, points: 2}
  db: {of: J}
interfaces:
  - function: backward
    arguments: [parameters, cache, X, T]
    returns: {dict: [dZ, dW, db]}
"""
RIGHT = """\
import numpy as np
def backward(parameters, cache, X, T):
    m = X.shape[1]
    dZ = (cache["A"] - T) / m * (np.cos(cache["Z"]) + 1)
    return {"dZ": dZ, "dW": dZ @ X.T, "db": dZ.sum(axis=1, keepdims=True)}
"""
WRONG = RIGHT.replace("dZ @ X.T", "dZ @ X.T / m")
CUBE = "name: {name}\ninputs: {{x: {{}}}}\nforward: |\n  f = x ** {power}\ngradients: [dx]\n"


@pytest.fixture
def instructor(running: Parts) -> Client:
    """The instructor of the course."""
    return running.client("instructor")


def store(running: Parts, source: str, who: str = "instructor") -> Answer:
    return running.client(who).post(f"/api/v1/courses/{running.school.course}/exercises", {"source": source})


def hand_out(running: Parts, name: str, variants: bool = False) -> int:
    """Makes the exercise an assignment of the course; its number."""
    with running.database.writing() as session:
        made = Assignment(course_id=running.school.course, exercise=name, title=name, points=8.0, variants=variants)
        session.add(made)
        session.flush()
        return made.id


def graded(running: Parts, assignment: int, source: str, who: str = "student") -> dict[str, object]:
    client = running.client(who)
    answer = client.post(f"/api/v1/assignments/{assignment}/submissions", {"kind": "code", "source": source})
    assert answer.status == 202, answer.body
    done = client.get(answer.headers["location"] + "?wait=10").json
    assert done["status"] == "graded", done
    return {"points": done["points"], **done["report"]}


def test_a_new_exercise_goes_from_yaml_over_http_to_graded_submissions(running: Parts, instructor: Client) -> None:
    assert "tilted-layer" not in catalogue()
    preview = instructor.post("/api/v1/exercises/preview", {"source": TILTED})
    assert preview.status == 200, preview.body
    stored = store(running, TILTED)
    assert stored.status == 201, stored.body
    assert stored.json["name"] == "tilted-layer"
    assert stored.json["digest"] == preview.json["digest"] == read_exercise(TILTED).digest
    assignment = hand_out(running, "tilted-layer")
    right = graded(running, assignment, RIGHT)
    assert right["verdict"] == "match", right
    assert right["points"] == 8.0
    assert right["exercise_digest"] == stored.json["digest"]
    wrong = graded(running, assignment, WRONG)
    assert wrong["verdict"] == "mismatch"
    assert wrong["points"] == 4.0
    verdicts = {gradient["name"]: gradient["verdict"] for gradient in wrong["gradients"]}  # type: ignore[attr-defined] # JSON
    assert verdicts == {"dZ": "match", "dW": "mismatch", "db": "match"}


def test_the_preview_shows_all_that_follows_and_stores_nothing(running: Parts, instructor: Client) -> None:
    answer = instructor.post("/api/v1/exercises/preview", {"source": TILTED.replace("tilted-layer", "unstored")})
    assert answer.status == 200, answer.json
    shown = answer.json
    rows = {row["name"]: (row["kind"], row["letters"], row["numbers"]) for row in shown["table"]}
    assert rows["W"] == ("input", "(k, n)", [2, 3])
    assert rows["Z"] == ("step", "(k, m)", [2, 4])
    assert rows["db"] == ("asked", "(k, 1)", [2, 1])
    assert {row["name"] for row in shown["agreements"]} == {"dZ", "dW", "db"}
    assert any(row["outright"] is not None for row in shown["agreements"])
    assert all(row["numerical"] < 1e-6 for row in shown["agreements"])
    assert len(shown["sample"]["Z"]) == 2
    assert set(shown["handout"]) == set(shown["skeleton"]) == set(LANGUAGES)
    assert shown["handout"]["ja"].startswith("# 傾いた層\n")
    assert "def backward(parameters, cache, X, T):" in shown["skeleton"]["en"]
    path = f"/api/v1/courses/{running.school.course}/exercises/unstored"
    assert_error(instructor.get(path), 404, "not_found")


def test_the_preview_of_a_scalar_circuit_has_its_formulas(instructor: Client) -> None:
    shown = instructor.post("/api/v1/exercises/preview", {"source": CUBE.format(name="cube", power=3)}).json
    assert shown["formulas"] == {"dx": "3*x**2"}


def test_old_versions_are_kept_and_the_newest_one_is_graded_with(running: Parts, instructor: Client) -> None:
    path = f"/api/v1/courses/{running.school.course}/exercises"
    first = store(running, CUBE.format(name="powers", power=3)).json
    assignment = hand_out(running, "powers")
    assert graded(running, assignment, "dx = 3 * x**2\n")["verdict"] == "match"
    second = store(running, CUBE.format(name="powers", power=4)).json
    assert (first["version"], second["version"]) == (1, 2)
    commented = "# for the second week\n" + CUBE.format(name="powers", power=4)
    assert store(running, commented).json["version"] == 2
    assert instructor.get(f"{path}/powers").json["source"] == commented
    assert store(running, CUBE.format(name="powers", power=4)).json["version"] == 2
    assert graded(running, assignment, "dx = 3 * x**2\n")["verdict"] == "mismatch"
    assert graded(running, assignment, "dx = 4 * x**3\n")["exercise_digest"] == second["digest"]
    shown = instructor.get(f"{path}/powers").json
    assert shown["source"] == CUBE.format(name="powers", power=4)
    assert [version["version"] for version in shown["versions"]] == [2, 1]
    assert shown["author"]["name"] == "Instructor"
    assert store(running, CUBE.format(name="powers", power=3)).json["version"] == 3
    assert [row["version"] for row in instructor.get(path).json if row["name"] == "powers"] == [3]


def test_an_exercise_that_a_later_version_cannot_read_stops_nothing_and_can_be_mended(running: Parts) -> None:
    source = CUBE.format(name="of-old", power=3)
    assert store(running, source).status == 201
    assignment = hand_out(running, "of-old")
    unreadable = {"digest": "0" * 64, "source": "what: it was then\n"}
    with running.database.writing() as session:
        session.execute(update(CourseExercise).where(CourseExercise.name == "of-old").values(unreadable))
    with running.app.app_context():
        person = by_token(running.school.tokens["student"])
        assert person is not None
        with running.database.reading() as session:
            given = session.get_one(Assignment, assignment)
        held = hand_in(person, read_code("dx = 3 * x**2\n"), read_exercise(source), given).id
    client = running.client("student")
    assert client.get(f"/api/v1/submissions/{held}?wait=10").json["status"] == "ungraded"
    assert client.get(f"/api/v1/assignments/{assignment}").status == 200
    running.app.config["WTF_CSRF_ENABLED"] = False
    browser = running.app.test_client()
    browser.post("/sign-in", data={"email": "instructor@example.org", "password": PASSWORD})
    course = f"/courses/{running.school.course}"
    paths = (course, f"{course}/exercises", f"{course}/assignments", f"{course}/assignments/new", f"{course}/class")
    paths += (f"{course}/class?assignment={assignment}", f"/assignments/{assignment}", f"/submissions/{held}")
    assert {path: browser.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)
    assert "cannot be read any more" in browser.get(f"{course}/exercises").text
    assert store(running, source).status == 201
    assert graded(running, assignment, "dx = 3 * x**2\n")["verdict"] == "match"


def test_a_courses_own_exercise_goes_before_the_catalogues_there_and_nowhere_else(running: Parts) -> None:
    assert store(running, CUBE.format(name="reciprocal", power=5)).status == 201
    assignment = hand_out(running, "reciprocal")
    assert graded(running, assignment, "dx = 5 * x**4\n")["verdict"] == "match"
    practice = {"kind": "code", "source": "dx = 5 * x**4\n"}
    answer = running.client("student").post("/api/v1/exercises/reciprocal/check", practice)
    assert answer.json["report"]["verdict"] == "mismatch"


HOSTILE = {
    "billion laughs": ("a: &a [x, x]\nb: &b [*a, *a]\nname: c\n", 1),
    "a tag": ("name: a\ninputs: {x: {}}\nforward: !!python/object:os.system ls\ngradients: [dx]\n", 3),
    "ten thousand statements": (
        "name: a\ninputs: {x: {}}\nforward: |\n" + "".join(f"  a{i} = x\n" for i in range(6_000)),
        None,
    ),
    "many statements": (
        "name: a\ninputs: {x: {}}\nforward: |\n"
        + "".join(f"  a{i} = x + {i}\n" for i in range(1, 1_000))
        + "gradients: [dx]\n",
        204,
    ),
    "a tower of powers": ("name: a\ninputs: {x: {}}\nforward: |\n  f = x * 9**9**9\ngradients: [dx]\n", 4),
    "an attribute": ("name: a\ninputs: {x: {}}\nforward: |\n  f = x.__class__\ngradients: [dx]\n", 4),
    "a name": ("name: a\ninputs: {x: {}}\nforward: |\n  f = __class__ * x\ngradients: [dx]\n", 4),
    "too large": (
        "name: a\ndimensions: {a: 64, b: 64, c: 64, d: 64}\ninputs: {x: {shape: [a, b, c, d]}}\n"
        "forward: |\n  f = sum(x * x)\ngradients: [dx]\n",
        4,
    ),
    "conditions only": ("name: a\ninputs: {x: {}, y: {}}\nforward: |\n  f = y * (x > 0)\ngradients: [dy, dx]\n", 5),
    "kinks too near": (
        'name: a\ninputs: {x: {draw: "uniform(-0.01, 0.01)"}}\nforward: |\n  f = relu(x)\ngradients: [dx]\n',
        3,
    ),
    "a control character": ("name: a\ninputs: {x: {}}\0\n", 2),
    "half a character": ("name: \ud800\n", 1),
    "nothing": ("", 1),
}


REFUSED_BY_WITNESSES = ("conditions only", "kinks too near", "too large")


@pytest.mark.parametrize("name", [name for name in HOSTILE if name not in REFUSED_BY_WITNESSES])
def test_a_hostile_exercise_takes_no_time_to_read(name: str) -> None:
    began = time.thread_time()  # of the processor, which others may be using
    with pytest.raises(ExerciseError):
        read_exercise(HOSTILE[name][0])
    assert time.thread_time() - began < 1


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_exercise_is_refused_with_line_and_reason(instructor: Client, name: str) -> None:
    source, line = HOSTILE[name]
    for path, body in (("preview", {"source": source}), ("", {"source": source, "course_id": 1})):
        began = time.monotonic()
        answer = instructor.post(f"/api/v1/exercises/{path}".rstrip("/"), body)
        assert time.monotonic() - began < 20
        details = assert_error(answer, 422, "exercise_refused")["details"]
        assert details["line"] == line, details
        assert details["reason"]


def test_an_exercise_that_takes_too_long_is_refused_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "SECONDS", 0.2)
    with pytest.raises(ExerciseError, match="too large: its witnesses take longer"):
        examination.examined(TILTED)


def test_that_the_machine_is_busy_is_not_held_against_an_exercise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "LONGEST", 0.2)
    with pytest.raises(examination.Busy):
        examination.examined(TILTED)


def test_more_exercises_at_once_than_can_be_examined_are_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "SECONDS", 0.0)
    monkeypatch.setattr(examination, "_places", threading.BoundedSemaphore(1))
    with examination._places, pytest.raises(examination.Busy):
        examination.examined(TILTED)


def test_only_a_few_wait_to_be_examined_and_the_others_come_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "SECONDS", 0.2)
    monkeypatch.setattr(examination, "_door", threading.BoundedSemaphore(1))
    with examination._door, pytest.raises(examination.Busy):
        examination.examined(TILTED)
    for _ in range(2):
        with pytest.raises(ExerciseError, match="longer"):  # its turn comes, and the door is free again
            examination.examined(TILTED)


@pytest.mark.parametrize("body", [{}, {"source": 5}, {"source": None}, {"source": "name: a", "unheard": 1}, []])
def test_a_body_that_holds_no_source_is_refused(instructor: Client, body: object) -> None:
    assert_error(instructor.post("/api/v1/exercises/preview", body), 422, "invalid")


def test_a_name_that_no_database_takes_is_not_found(running: Parts, instructor: Client) -> None:
    answer = instructor.get(f"/api/v1/courses/{running.school.course}/exercises/a%00b")
    assert_error(answer, 404, "not_found")


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("md", "text/markdown; charset=utf-8"),
        ("py", "text/x-python; charset=utf-8"),
        ("ipynb", "application/x-ipynb+json"),
    ],
)
def test_hand_outs_come_as_files_with_their_kind_and_name(student: Client, form: str, kind: str) -> None:
    answer = student.get(f"/api/v1/exercises/two-layer/handout.{form}?language=ja")
    assert answer.status == 200
    assert answer.headers["content-type"] == kind
    assert answer.headers["content-disposition"] == f"attachment; filename=two-layer.{form}"
    assert "順伝播" in answer.body.decode()


def test_an_exercise_that_was_handed_in_to_is_not_taken_the_place_of(running: Parts, instructor: Client) -> None:
    assignment = hand_out(running, "exponential")
    before = graded(running, assignment, "dx = np.exp(x)\n")
    refused = assert_error(store(running, TILTED.replace("tilted-layer", "exponential")), 409, "name_handed_out")
    assert "another name" in refused["message"]
    assert instructor.get(f"/api/v1/courses/{running.school.course}/exercises/exponential").status == 404
    assert graded(running, assignment, "dx = np.exp(x)\n")["exercise_digest"] == before["exercise_digest"]


def test_a_courses_own_exercise_is_shown_to_those_who_teach_it_and_through_its_assignment(running: Parts) -> None:
    store(running, CUBE.format(name="hidden-cube", power=3))
    path, course = "/api/v1/exercises/hidden-cube/handout.py", running.school.course
    assert running.client("instructor").get(f"{path}?course={course}").status == 200
    for who in ("student", "other instructor"):
        assert_error(running.client(who).get(f"{path}?course={course}"), 404, "unknown_exercise")
        assert_error(running.client(who).get(path), 404, "unknown_exercise")
    assignment = hand_out(running, "hidden-cube")
    assert running.client("student").get(f"{path}?assignment={assignment}").status == 200
    assert_error(running.client("other student").get(f"{path}?assignment={assignment}"), 404, "unknown_exercise")


def test_each_student_has_a_variant_of_their_own_that_stays_and_is_graded_with(running: Parts) -> None:
    assignment, other = hand_out(running, "two-layer", variants=True), hand_out(running, "two-layer", variants=True)

    def shown(who: str, number: int) -> dict[str, object]:
        path = f"/api/v1/exercises/two-layer?assignment={number}"
        return dict(running.client(who).get(path).json)

    def skeleton(who: str) -> bytes:
        return running.client(who).get(f"/api/v1/exercises/two-layer/handout.py?assignment={assignment}").body

    assert shown("student", assignment) == shown("student", assignment) == shown("student", other)
    assert skeleton("student") == skeleton("student")
    assert shown("student", assignment)["digest"] != shown("classmate", assignment)["digest"]
    assert skeleton("student") != skeleton("classmate")
    digest = catalogue()["two-layer"].digest
    for who in ("student", "classmate"):
        report = graded(running, assignment, "dW2 = 1\n", who)
        assert report["exercise_digest"] == shown(who, assignment)["digest"] != digest
    with running.database.reading() as session:
        assert session.query(Submission).filter_by(assignment_id=assignment).count() == 2
