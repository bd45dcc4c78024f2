"""What a student hands in, as text that the rest may rely on.

Student text is never parsed or compiled here: that happens in the sandbox. This module only decides whether bytes
are text at all, and bounds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FILES_TAKEN = (".py", ".ipynb")
MAX_SOURCE_BYTES = 512 * 1024
MAX_ANSWERS = 64
MAX_ANSWER_CHARACTERS = 2_000
MAX_NAME_CHARACTERS = 64


class SubmissionError(ValueError):
    """Text that cannot be handed in at all. `code` is a key of `messages.MESSAGES`, `parameters` fill it."""

    def __init__(self, code: str, **parameters: object) -> None:
        super().__init__(code)
        self.code = code
        self.parameters = parameters


@dataclass(frozen=True)
class Code:
    """A Python file, or the text of a Jupyter notebook (`notebook`)."""

    source: str
    notebook: bool = False

    kind = "code"


@dataclass(frozen=True)
class Symbols:
    """One expression per asked gradient, as typed: {"dx": "y"}."""

    answers: Mapping[str, str]

    kind = "symbolic"


Submission = Code | Symbols


def read_code(data: bytes | str, filename: str = "") -> Code:
    """The submission in `data`, UTF-8 with or without a byte-order mark. A notebook is told by its name
    (`.ipynb`), or by an opening brace where there is no name. It is a JSON object: what does not begin and end in a
    brace is refused (half a file, a page that was saved in its place, a script of that name).

    Raises SubmissionError: file_not_taken, empty_source, source_too_large, not_utf8, nul_character, lone_surrogate,
    notebook_not_understood.
    """
    if filename and not filename.lower().endswith(FILES_TAKEN):
        raise SubmissionError("file_not_taken", name=filename[-MAX_NAME_CHARACTERS:])
    if isinstance(data, str):
        typed = data
        try:
            data = typed.encode()
        except UnicodeEncodeError as error:
            raise SubmissionError("lone_surrogate", line=typed.count("\n", 0, error.start) + 1) from None
    if len(data) > MAX_SOURCE_BYTES:
        raise SubmissionError("source_too_large", limit_kib=MAX_SOURCE_BYTES // 1024)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SubmissionError("not_utf8", line=data.count(b"\n", 0, error.start) + 1) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise SubmissionError("nul_character", line=text.count("\n", 0, text.index("\0")) + 1)
    stripped = text.strip()
    if not stripped:
        raise SubmissionError("empty_source")
    notebook = filename.lower().endswith(".ipynb") or (not filename and stripped.startswith("{"))
    if notebook and not (stripped.startswith("{") and stripped.endswith("}")):
        raise SubmissionError("notebook_not_understood")
    return Code(text, notebook)


def answers_in(lines: Iterable[str]) -> dict[str, str]:
    """Expressions by name, from lines of the form `name = expression`. Raises SubmissionError: line_without_name,
    answered_twice."""
    found: dict[str, str] = {}
    for line in filter(str.strip, lines):
        name, _, expression = (part.strip() for part in line.partition("="))
        if not (name and expression):
            raise SubmissionError("line_without_name", line=line.strip()[:MAX_NAME_CHARACTERS])
        if name in found:
            raise SubmissionError("answered_twice", name=name[:MAX_NAME_CHARACTERS])
        found[name] = expression
    return found


def read_symbols(answers: Mapping[str, object]) -> Symbols:
    """The submission in `answers`; empty answers are left out, as not given.

    Raises SubmissionError: empty_answers, too_many_answers, answer_not_text, answer_too_long, nul_character,
    lone_surrogate.
    """
    if len(answers) > MAX_ANSWERS:
        raise SubmissionError("too_many_answers", limit=MAX_ANSWERS)
    kept: dict[str, str] = {}
    for name, text in answers.items():
        if len(name) > MAX_NAME_CHARACTERS:
            raise SubmissionError("answer_too_long", name=name[:80], limit=MAX_NAME_CHARACTERS)
        if not isinstance(text, str):
            raise SubmissionError("answer_not_text", name=str(name)[:80])
        if len(text) > MAX_ANSWER_CHARACTERS:
            raise SubmissionError("answer_too_long", name=str(name)[:80], limit=MAX_ANSWER_CHARACTERS)
        if "\0" in text or "\0" in name:
            raise SubmissionError("nul_character", line=1)
        try:
            (name + text).encode()
        except UnicodeEncodeError:
            raise SubmissionError("lone_surrogate", line=1) from None
        if text.strip():
            kept[name.strip()] = text.strip()
    if not kept:
        raise SubmissionError("empty_answers")
    return Symbols(kept)
