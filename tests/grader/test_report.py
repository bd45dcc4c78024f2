"""The report keeps codes and parameters, and finds words when it is read."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

import grader
from grader.messages import LANGUAGES, MESSAGES, NAMES, in_words, name_of
from grader.report import Entry, Finding, GradientReport, GradientVerdict, Note, Report, Run, Shape


def a_report() -> Report:
    told = {"got": "(3, 4)", "of": "W1", "letters": "(n_h, n_x)", "expected": "(4, 3)"}
    gradient = GradientReport(
        name="dW1", wrt="W1", verdict="wrong_shape", points=0.0, max_points=2.0,
        shape=Shape("(n_h, n_x)", (4, 3), (3, 4)), relative_error=float("nan"), entries=12,
        worst=(Entry((0, 1), float("inf"), 0.5, None),),
        findings=(Finding("shape_transposed", "dW1", told),),
    )  # fmt: skip
    right = GradientReport("db1", "b1", "match", 1.0, 1.0, Shape("(n_h, 1)", (4, 1), (4, 1)), 0.0, 1e-12)
    run = Run("crashed", "raised", {"type": "ValueError", "text": "no", "traceback": "…"}, 3, "hello", 0.1)
    return Report(
        "two-layer", "abc", "mismatch", "code", "f", 1.0, 3.0, (right, gradient), run, notes=(Note("undecided"),)
    )


def test_a_stored_report_comes_back_as_it_was() -> None:
    stored = json.loads(json.dumps(a_report().to_dict(), allow_nan=False))
    assert json.dumps(Report.from_dict(stored).to_dict()) == json.dumps(stored)


def test_numbers_that_are_not_finite_are_strings() -> None:
    gradient = a_report().to_dict()["gradients"][1]
    assert gradient["relative_error"] == "nan"
    assert gradient["worst"][0]["candidate"] == "inf"


@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_are_added_when_the_report_is_read(language: str) -> None:
    words = a_report().to_dict(language)
    assert "(3, 4)" in words["gradients"][1]["findings"][0]["message"]
    assert "dW1" in words["summary"]
    assert "ValueError" in words["run"]["message"]
    assert "message" not in a_report().to_dict()["run"]


def test_the_shape_is_told_in_the_exercises_letters() -> None:
    message = a_report().to_dict("en")["gradients"][1]["findings"][0]["message"]
    assert message == "dW1 has shape (3, 4); W1 is (n_h, n_x) = (4, 3). It looks transposed."


def test_the_summary_says_where_to_start() -> None:
    assert a_report().summary("en") == "1 of 2 gradients are right. Start at dW1."


def test_what_is_wrong_is_neither_right_nor_carried_nor_undecided() -> None:
    gradients = tuple(replace(a_report().gradients[0], name=v, verdict=v) for v in get_args(GradientVerdict))
    report = replace(a_report(), gradients=gradients)
    assert set(get_args(GradientVerdict)) - set(report.wrong) == {"match", "follow_through", "undecided"}
    assert report.start_at == report.wrong[0] == "mismatch"
    assert replace(report, gradients=()).start_at is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_failure_of_ours_is_a_report_that_says_so(language: str) -> None:
    report = Report.ungraded("two-layer", "abc", "code", 8.0)
    assert (report.verdict, report.score, report.max_score, report.wrong) == ("ungraded", 0.0, 8.0, ())
    assert report.to_dict(language)["run"]["message"] == in_words("sandbox_error", {}, language)
    assert Report.from_dict(json.loads(json.dumps(report.to_dict()))) == report


def test_a_report_of_another_schema_is_refused() -> None:
    with pytest.raises(ValueError, match="schema 2"):
        Report.from_dict({**a_report().to_dict(), "schema": 2})


def test_every_message_has_both_languages_and_the_same_parameters() -> None:
    for code, (english, japanese) in MESSAGES.items():
        assert english != japanese or "{" in english, code
        assert set(re.findall(r"{(\w+)}", english)) >= set(re.findall(r"{(\w+)}", japanese)), code


def test_a_report_speaks_to_its_student_and_to_those_who_teach_alike() -> None:
    to_who_hands_in = {"empty_source", "counterexample", "heading_yours", "heading_stdout", "follows"}
    yours = {code for code, said in MESSAGES.items() if re.search(r"\b[Yy]ours?\b|あなた", " ".join(said))}
    assert yours == to_who_hands_in


def test_every_code_in_the_source_has_words() -> None:
    root = Path(grader.__file__).parent
    source = "\n".join(p.read_text("utf-8") for p in root.rglob("*.py") if p.name != "messages.py")
    for kind in ("Finding", "Note", "ExpressionError", "SubmissionError"):
        for code in re.findall(rf'\b{kind}\("(\w+)"', source):
            assert code in MESSAGES, code
            assert kind != "Finding" or code in NAMES, code


NO_MISTAKE = re.compile(r"(summary|interface|handout|heading|gate|forward|stdout|raised_in)_.*")
BESIDE = {  # what is refused before there is a report, what changes no verdict, our own fault, and hints
    "possibly", "empty_source", "file_not_taken", "answers_not_readable", "near_name",
    "source_too_large", "not_utf8", "nul_character", "lone_surrogate", "empty_answers",
    "too_many_answers", "line_without_name", "answered_twice", "answer_not_text", "answer_too_long",
    "symbols_not_taken_here", "code_not_taken_here", "worked_example_only", "observed_order", "proved", "agrees",
    "subgradient_taken", "differs_only_at_kink", "undecided", "agrees_on_trials", "taken_in_shape", "own_line",
    "not_in_symbols", "not_in_interface", "unknown_answer", "counterexample", "unsafe_no_sandbox", "sandbox_error",
    "input_assignment_skipped", "input_changed", "result_aliases_input", "results_differ_on_second_call",
    "computes_another_value",
    "wrong_number_of_results", "returned_nothing", "result_not_understood", "other_keys", "name_set_in_skipped_line",
    "name_set_in_failed_line", "name_from_missing_module", "module_not_available", "upstream_not_returned", "follows",
    "judged_as_mean_loss", "matmul_shapes", "transpose_would_fit", "kept_axis_would_fit",
}  # fmt: skip


def test_every_mistake_has_a_short_name_of_its_own_in_both_languages() -> None:
    assert {code for code in MESSAGES if not NO_MISTAKE.fullmatch(code)} - BESIDE == NAMES.keys()
    for language in LANGUAGES:
        names = [name_of(code, language) for code in NAMES]
        assert len(set(names)) == len(names)
        assert all(len(name) <= 45 and not set(name) & set("{}…:;!?。：") for name in names)
        assert not [name for name in names if name.endswith(".")]
    assert name_of("no code of ours", "ja") == "no code of ours"


def test_a_loss_and_a_formula_have_their_names_in_both_languages() -> None:
    assert "(squared error" not in in_words("other_loss", {"at": "dZ2", "loss": "squared error"}, "ja")
    assert "二乗誤差" in in_words("other_loss", {"at": "dZ2", "loss": "squared error"}, "ja")
    assert "中心差分" in in_words("numerical_derivative", {"formula": "central", "h": 1e-5}, "ja")
    assert "central" in in_words("numerical_derivative", {"formula": "central", "h": 1e-5})
    assert "forward" in in_words("other_loss", {"at": "forward", "loss": "theirs"}, "ja")


def test_one_gradient_is_spoken_of_as_one() -> None:
    report = a_report()
    one = replace(report, verdict="match", gradients=(replace(report.gradients[0], verdict="match"),))
    assert one.summary() == "The gradient is right."
    assert "すべて" not in one.summary("ja")


def test_a_message_fills_what_it_is_given_and_survives_what_it_is_not() -> None:
    assert in_words("not_utf8", {"line": 3}).startswith("Line 3 ")
    assert in_words("not_utf8", {}, "fr").startswith("Line ? ")
