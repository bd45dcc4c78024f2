"""Every generated mistake handed in as arrays, alone and in pairs, and what the diagnosis says about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from grader import catalogue, compare
from grader.candidate import Array, Missing
from grader.compare import Judgement, same
from grader.exercise import Exercise, Gradient, Value
from grader.explain import Explanation, explain
from grader.interface import Interface
from grader.judging import Judged
from grader.mistakes import Mistake, mistakes_of, predict
from grader.mistakes.separation import groups
from grader.precision import settle
from grader.trials import TrialSet, trial_set

SECRET = b"recall"


@dataclass
class Row:
    """What became of one exercise's mistakes."""

    exercise: str
    mistakes: int = 0
    singles: int = 0
    named: int = 0
    followed: int = 0
    wrong_names: int = 0
    said: int = 0
    pairs: int = 0
    both_named: int = 0
    apart: int = 0
    classes: int = 0
    together: dict[str, int] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)


@lru_cache(maxsize=64)
def points(exercise: Exercise) -> TrialSet:
    """A set of trials, those on a kink left out."""
    whole = trial_set(exercise, SECRET, 0)
    return TrialSet(tuple(t for t in whole if not t.tied), whole.key)


def judged(exercise: Exercise, interface: Interface, mistakes: Sequence[Mistake]) -> list[Judged] | None:
    """The answers that these mistakes lead to, judged; None where such code would raise."""
    found = []
    for ask in exercise.asks:
        if not isinstance(ask, (Gradient, Value)) or ask.name not in interface.asks:
            continue
        judgements: list[Judgement] = []
        for trial in points(exercise):
            value = predict(exercise, ask, trial, mistakes)
            value = None if value is None else value.copy()
            if value is None or not np.isfinite(value).all():
                return None
            expected = trial.expected[ask.name]
            judgements.append(
                compare.judge(Array(value) if value is not None else Missing(), expected.exact, expected.scale)
            )
        found.append(Judged(ask, tuple(judgements)))
    return found


def rejudged(exercise: Exercise, answers: Sequence[Judged]) -> list[Judged]:
    """The same answers, judged by the values that they hold now."""
    found = []
    for one in answers:
        pairs = zip(points(exercise), one.judgements, strict=True)
        judgements = tuple(
            compare.judge(Array(old.value), t.expected[one.ask.name].exact, t.expected[one.ask.name].scale)
            for t, old in pairs
            if old.value is not None
        )
        found.append(Judged(one.ask, judgements))
    return found


def spoilt(exercise: Exercise, interface: Interface, mistake: Mistake) -> list[str]:
    """The asked quantities that the mistake makes wrong, in backward order; none where it raises or only differs by
    a convention."""
    answers = judged(exercise, interface, [mistake])
    if answers is None:
        return []
    return [j.ask.name for j in settle(exercise, points(exercise), answers) if not j.right]


def nothing_comes_back(exercise: Exercise, wrong: Sequence[str], mistake: Mistake) -> bool:
    """Whether it leaves only zeros in what it makes wrong: then that is what is told."""
    asks = [ask for ask in exercise.asks if ask.name in wrong and isinstance(ask, Gradient)]
    found = [predict(exercise, ask, trial, [mistake]) for ask in asks for trial in points(exercise)]
    return bool(found) and all(value is not None and not value.any() for value in found)


def singles(exercise: Exercise) -> Iterator[tuple[Interface, Mistake, list[str]]]:
    for interface in exercise.interfaces:
        for mistake in mistakes_of(exercise):
            if wrong := spoilt(exercise, interface, mistake):
                yield interface, mistake, wrong


def codes(explained: dict[str, Explanation]) -> set[str]:
    return {finding.code for one in explained.values() for finding in one.findings}


def explained(exercise: Exercise, interface: Interface, mistakes: Sequence[Mistake]) -> dict[str, Explanation]:
    answers = judged(exercise, interface, mistakes)
    assert answers is not None
    return explain(exercise, points(exercise), settle(exercise, points(exercise), answers))


def leads_to_the_same(exercise: Exercise, interface: Interface, one: Mistake, other: Mistake) -> bool:
    """Whether two mistakes give the same arrays on every trial for everything that is asked."""
    for ask in exercise.asks:
        if isinstance(ask, (Gradient, Value)) and ask.name in interface.asks:
            for trial in points(exercise):
                a, b = predict(exercise, ask, trial, [one]), predict(exercise, ask, trial, [other])
                if a is None or b is None or not same(a, b):
                    return False
    return True


def row(exercise: Exercise, pairs: int, generator: np.random.Generator) -> Row:
    found = Row(exercise.name, len(mistakes_of(exercise)))
    alone = list(singles(exercise))
    for interface, mistake, wrong in alone:
        result = explained(exercise, interface, [mistake])
        said = codes(result)
        found.singles += 1
        found.named += mistake.code in said
        found.followed += set(wrong) <= set(result)
        found.said += len(said)
        for one in result.values():
            for finding in one.findings:
                if finding.code != mistake.code and not _among(exercise, interface, mistake, finding.code):
                    found.wrong_names += 1
                    found.missed.append(f"{interface.name}: {mistake.key} is called {finding.code}")
        if mistake.code not in said:
            found.missed.append(f"{interface.name}: {mistake.key}: {sorted(said)}")
    for interface in exercise.interfaces:
        apart = groups(exercise, points(exercise).trials, interface.asks)
        found.classes += len(apart)
        for together in apart:
            names = " / ".join(sorted({mistake.code for mistake in together}))
            if "/" in names:
                found.together[names] = found.together.get(names, 0) + 1
    for interface, one, other in _pairs(exercise, alone, pairs, generator):
        said = codes(explained(exercise, interface, [one, other]))
        found.pairs += 1
        both = one.code in said and other.code in said
        found.both_named += both
        if not both:
            found.missed.append(f"{interface.name}: {one.key} and {other.key}: {sorted(said)}")
    return found


def _among(exercise: Exercise, interface: Interface, mistake: Mistake, code: str) -> bool:
    others = (m for m in mistakes_of(exercise) if m.code == code)
    return code == "all_zero" or any(  # the former is no mistake: it is told of zeros alone
        leads_to_the_same(exercise, interface, mistake, other) for other in others
    )


def _pairs(
    exercise: Exercise,
    alone: Sequence[tuple[Interface, Mistake, list[str]]],
    count: int,
    generator: np.random.Generator,
) -> Iterator[tuple[Interface, Mistake, Mistake]]:
    """Pairs in different layers: the second spoils nothing that the first one is first seen in, and something wrong
    remains to be seen of either."""
    order = [ask.name for ask in exercise.asks]
    made = 0
    for _ in range(count * 5):
        if made == count or len(alone) < 2:
            return
        (interface, one, first), (other_interface, other, second) = (
            alone[int(i)] for i in generator.integers(0, len(alone), 2)
        )
        if interface is not other_interface or order.index(first[0]) >= order.index(second[0]):
            continue
        together = judged(exercise, interface, [one, other])
        if together is None or not _visible(exercise, interface, one, other, together):
            continue
        made += 1
        yield interface, one, other


def _visible(exercise: Exercise, interface: Interface, one: Mistake, other: Mistake, together: list[Judged]) -> bool:
    """Whether the pair's arrays are not those of one of them alone."""
    for mistake in (one, other):
        alone = judged(exercise, interface, [mistake])
        if alone is None or all(
            same(a.value, b.value)
            for x, y in zip(alone, together, strict=True)
            for a, b in zip(x.judgements, y.judgements, strict=True)
            if a.value is not None and b.value is not None
        ):
            return False
    return True


def printed(pairs: int = 200) -> str:
    generator = np.random.default_rng(20201121)
    rows = [row(exercise, pairs, generator) for exercise in catalogue().values()]
    rows = [r for r in rows if r.singles]
    lines = [
        "# Which mistakes are named",
        "",
        "Printed by `python -m tests.recall`. Every mistake that the rules of mutation make of an exercise is",
        "handed in as arrays through each of its interfaces, alone and in pairs in different layers. *Named*: it is",
        "among what the report names. *Wrong names*: a name whose mistake does not lead to the same arrays.",
        "*Explained*: every wrong gradient is either named or right given the mistake.",
        "",
        "| exercise | mistakes | handed in | named | explained | wrong names | pairs | both named | told apart |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for r in rows:
        lines.append(
            f"| {r.exercise} | {r.mistakes} | {r.singles} | {r.named} | {r.followed} | {r.wrong_names} "
            f"| {r.pairs} | {r.both_named} | {r.classes} |"
        )
    s, n, f = (sum(getattr(r, k) for r in rows) for k in ("singles", "named", "followed"))
    p, b, w, said = (sum(getattr(r, k) for r in rows) for k in ("pairs", "both_named", "wrong_names", "said"))
    lines += [
        f"| **all** | {sum(r.mistakes for r in rows)} | {s} | {n} ({n / s:.1%}) | {f} ({f / s:.1%}) "
        f"| {w} ({w / max(said, 1):.2%}) | {p} | {b} ({b / max(p, 1):.1%}) | {sum(r.classes for r in rows)} |",
        "",
        "## Mistakes that cannot be told apart",
        "",
        "These give the same arrays on every trial, through at least one interface, and are reported together.",
        "",
    ]
    for r in rows:
        if r.together:
            lines.append(f"- {r.exercise}: {'; '.join(sorted(r.together))}")
    return "\n".join(lines)
