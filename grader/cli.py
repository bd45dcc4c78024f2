"""The command line of the library: `check` a file here, and look at exercises. `serve` and whatever else needs a
service register themselves under the entry point group `gradient_grader.commands`."""

from __future__ import annotations

import json
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import NoReturn

import click

from grader.exercise import Exercise, ExerciseError, Gradient
from grader.grade import grade
from grader.handout import in_points, markdown, notebook, skeleton
from grader.lines import check_once
from grader.messages import LANGUAGES, in_words
from grader.mistakes.separation import groups
from grader.proof import Prover
from grader.reading import catalogue, read_exercise
from grader.sandbox import Sandbox, SandboxUnavailable
from grader.submission import Submission, SubmissionError, answers_in, read_code, read_symbols
from grader.terminal import print_report
from grader.trials import TrialError, trial_set
from grader.validate import dimension_table, examine, formulas, template

MATCH, MISMATCH, COULD_NOT_RUN = 0, 1, 2
_EXIT = {"match": MATCH, "mismatch": MISMATCH, "needs_review": MISMATCH}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gradient-grader")
def main() -> None:
    """Checks backward passes and derivatives, and says what is wrong with them."""


for _command in entry_points(group="gradient_grader.commands"):
    main.add_command(_command.load(), _command.name)


def _stop(message: str) -> NoReturn:
    click.secho(message, fg="red", err=True)
    sys.exit(COULD_NOT_RUN)


def _exercise(name: str) -> Exercise:
    """The exercise of the catalogue, or in a YAML file."""
    if name in catalogue():
        return catalogue()[name]
    if Path(name).suffix in (".yaml", ".yml"):
        return _read_file(Path(name))
    _stop(f"There is no exercise `{name}`. There are: {', '.join(catalogue())}; or give the path of a .yaml file.")


def _read_file(path: Path) -> Exercise:
    try:
        return read_exercise(path.read_text("utf-8"))
    except OSError as error:
        _stop(f"{path}: {error.strerror}")
    except UnicodeDecodeError:
        _stop(f"{path}: not UTF-8 text")
    except ExerciseError as error:
        _stop(f"{path}: {error}")


language_option = click.option("--language", type=click.Choice(LANGUAGES), default="en", help="of the messages")


@main.command()
@click.argument("exercise")
@click.argument("answers", nargs=-1, required=True, metavar="FILE | NAME=EXPRESSION …")
@click.option("--symbolic", is_flag=True, help='The answers are derivatives in symbols: "dx=y" "dy=x".')
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@language_option
def check(exercise: str, answers: tuple[str, ...], symbolic: bool, as_json: bool, language: str) -> None:
    """Grade FILE (.py, .ipynb, or - for standard input) for EXERCISE here.

    Exit status: 0 all right, 1 something is wrong, 2 it could not be run.
    """
    chosen = _exercise(exercise)
    try:
        submission = _symbols(chosen, answers) if symbolic else _code(answers)
    except SubmissionError as error:
        _stop(in_words(error.code, error.parameters, language))
    unsafe = not sys.platform.startswith("linux")
    if unsafe and not symbolic:
        click.secho("This system has no sandbox for Python: the file runs as it is.", fg="yellow", err=True)
    try:
        with Sandbox(unsafe=unsafe) as sandbox:
            report = grade(chosen, submission, trial_set(chosen, b"check", 0), sandbox)
        with Prover() as prover:
            report = prover.prove(chosen, report)
    except (SandboxUnavailable, TrialError) as error:
        _stop(str(error))
    if as_json:
        click.echo(json.dumps(report.to_dict(language), ensure_ascii=False, indent=2))
    else:
        print_report(report, language)
    sys.exit(_EXIT.get(report.verdict, COULD_NOT_RUN))


def _code(files: tuple[str, ...]) -> Submission:
    if len(files) != 1:
        _stop("One file is graded at a time (or add --symbolic for derivatives in symbols).")
    name = files[0]
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        _stop(f"{name}: {error.strerror}")
    return read_code(data, "" if name == "-" else name)


def _symbols(exercise: Exercise, lines: tuple[str, ...]) -> Submission:
    submission = read_symbols(answers_in(lines))
    check_once(exercise, submission.answers)
    return submission


@main.group()
def exercises() -> None:
    """Look at exercises, and validate new ones."""


@exercises.command("list")
@language_option
def list_exercises(language: str) -> None:
    """The exercises of the catalogue."""
    width = max(map(len, catalogue()))
    for exercise in catalogue().values():
        click.echo(f"{exercise.name:<{width}}  {exercise.title_in(language)}")


@exercises.command()
@click.argument("name")
@language_option
def show(name: str, language: str) -> None:
    """The forward pass, what is asked in formulas and shapes, and how to hand it in."""
    exercise = _exercise(name)
    click.secho(exercise.title_in(language), bold=True)
    click.echo(f"\n{exercise.forward}")
    for given in exercise.inputs:
        if given.worked is not None:
            click.echo(f"  {given.name} (worked example: {given.worked})")
    if exercise.dimensions:
        click.echo("  worked example: " + ", ".join(f"{k} = {v}" for k, v in exercise.dimensions.items()))
    _print_table(exercise)
    click.secho("\nasked", bold=True)
    in_symbols = formulas(exercise)
    for ask in exercise.asks:
        gradient = f", d{ask.of}/d{ask.wrt}" if isinstance(ask, Gradient) else ""
        formula = f" = {in_symbols[ask.name]}" if ask.name in in_symbols else ""
        click.echo(f"  {ask.name}: {ask.symbolic_shape}, {in_points(ask.points, language)}{gradient}{formula}")
    click.echo()
    for interface in exercise.interfaces:
        click.echo(f"- {interface.describe(language)}")


@exercises.command()
@click.argument("name")
@language_option
def new(name: str, language: str) -> None:
    """Write NAME.yaml, a commented exercise to change into one's own."""
    file = Path(f"{name}.yaml")
    try:
        text = template(name, language)
        with file.open("x", encoding="utf-8") as made:
            made.write(text)
    except ExerciseError as error:
        _stop(error.reason)
    except FileExistsError:
        _stop(f"{file} exists already; it is left as it is.")
    click.echo(f"{file} is there. Change it, then: gradient-grader exercises validate {file}")


@exercises.command()
@click.argument("name")
@click.option("--as", "form", type=click.Choice(("md", "py", "ipynb")), default="md", show_default=True)
@language_option
def handout(name: str, form: str, language: str) -> None:
    """What students are given: the task in words (md), or a skeleton to fill in (py, ipynb)."""
    write = {"md": markdown, "py": skeleton, "ipynb": notebook}[form]
    click.echo(write(_exercise(name), language), nl=False)


@exercises.command()
@click.argument("files", nargs=-1, required=True)
@language_option
def validate(files: tuple[str, ...], language: str) -> None:
    """Read each exercise FILE (or catalogue name), hold its three witnesses against one another, and show what follows
    from it: shapes, the worked example, and what students are given.

    Exit status: 0 all can be used, 1 one cannot, 2 one could not be read.
    """
    failed = False
    for name in files:
        exercise = _exercise(name)
        click.secho(f"{exercise.name} ({exercise.digest})", bold=True)
        try:
            found = examine(exercise)
        except ExerciseError as error:
            failed = True
            click.secho(f"  {error}", fg="red")
            continue
        click.echo("the witnesses agree; how far the reverse sweep is from the others at most, as relative errors:")
        click.secho(f"  {'gradient':<10} {'at a point of':<28} {'SymPy':<10} central differences", bold=True)
        for row in found.agreements:
            outright = "not asked" if row.outright is None else f"{row.outright:.1e}"
            sizes = ", ".join(f"{k}={v}" for k, v in row.sizes) or "scalars"
            click.echo(f"  {row.name:<10} {sizes:<28} {outright:<10} {row.numerical:.1e}")
        _print_table(exercise)
        _print_mistakes(exercise)
        click.secho("\nworked example", bold=True)
        for step, value in found.sample.items():
            click.echo(f"  {step} = {value}")
        for text in (markdown(exercise, language), skeleton(exercise, language)):
            click.echo(f"\n{text}", nl=False)
    sys.exit(MISMATCH if failed else MATCH)


def _print_mistakes(exercise: Exercise) -> None:
    """How many mistakes are recognised, and which of them no trial tells apart."""
    trials = [t for t in trial_set(exercise, b"validate", 0) if not t.tied]
    found = groups(exercise, trials)
    click.secho(f"\nmistakes: {sum(map(len, found))} recognised, {len(found)} told apart", bold=True)
    for together in found:
        if len({mistake.code for mistake in together}) > 1:
            click.echo("  not told apart: " + " / ".join(f"{m.code} at {m.at}" for m in together))


def _print_table(exercise: Exercise) -> None:
    click.secho("\nshapes", bold=True)
    for row in dimension_table(exercise):
        click.echo(f"  {row.kind:<6} {row.name:<10} {row.letters:<14} {row.numbers}")
