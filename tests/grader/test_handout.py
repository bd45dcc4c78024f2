"""What students are given: derived, in both languages, and accepted by the grader as it stands."""

import ast
import json

import numpy as np
import pytest

from grader import LANGUAGES, Sandbox, catalogue, grade, read_code, trial_set, worked_example
from grader.handout import forward_code, in_points, markdown, notebook, skeleton


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", catalogue())
def test_the_hand_out_names_everything_that_is_given_and_asked(name: str, language: str) -> None:
    exercise = catalogue()[name]
    text = markdown(exercise, language)
    assert text.startswith(f"# {exercise.title_in(language)}\n")
    for part in (*exercise.inputs, *exercise.asks):
        assert f"`{part.name}` {part.symbolic_shape}" in text


def test_points_are_told_as_one_says_them() -> None:
    assert [in_points(points) for points in (1, 2, 0.5)] == ["1 point", "2 points", "0.5 points"]
    assert in_points(1, "ja") == "1点"
    assert "(2 points)" in markdown(catalogue()["two-layer"])


@pytest.mark.parametrize("name", catalogue())
def test_the_forward_pass_as_numpy_computes_the_worked_example(name: str) -> None:
    exercise = catalogue()[name]
    trial = worked_example(exercise)
    known = {"np": np, **trial.sizes, **{g.name: trial.values[g.name] for g in exercise.inputs}}
    known |= {g.name: np.asarray(known[g.name]).astype(int) for g in exercise.inputs if g.draw.whole}
    exec("\n".join(forward_code(exercise)), known)  # our own code, derived from a checked tree
    for step in exercise.steps:
        assert np.allclose(np.asarray(known[step], dtype=float), trial.values[step], rtol=1e-12), step


@pytest.mark.parametrize("name", catalogue())
def test_the_skeleton_runs_and_is_taken_as_a_submission_that_answers_nothing(name: str, sandbox: Sandbox) -> None:
    exercise = catalogue()[name]
    source = skeleton(exercise)
    ast.parse(source)
    report = grade(exercise, read_code(source), trial_set(exercise, b"test", 0), sandbox)
    assert report.verdict == "mismatch", report.to_dict("en")["run"]
    assert report.score == 0


def test_the_notebook_is_one_and_is_graded_like_the_file(sandbox: Sandbox) -> None:
    exercise = catalogue()["two-layer"]
    text = notebook(exercise, "ja")
    cells = json.loads(text)["cells"]
    assert cells[0]["cell_type"] == "markdown"
    assert "順伝播" in cells[0]["source"]
    report = grade(exercise, read_code(text, "a.ipynb"), trial_set(exercise, b"test", 0), sandbox)
    assert report.verdict == "mismatch"
    assert report.interface == "backward_propagation"
