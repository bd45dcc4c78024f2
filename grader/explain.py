"""Which mistakes lead to a wrong answer, and what is right given it.

Gradients are gone through in backward order. One that is wrong is first recomputed from what the student answered
further up, and from the mistakes named so far: if that gives the student's answer, it only follows. Else each mistake
of the exercise is tried, on the worked example first (by the fingerprints of a table that is made once an exercise),
then on every trial. Of the mistakes that reproduce the answer, those are named that explain most of the other answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, KeysView, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain

import numpy as np

from grader.candidate import Float64
from grader.compare import SAME, same
from grader.exercise import Asked, Exercise, Gradient, Value
from grader.judging import Judged
from grader.mistakes import Circuit, Mistake, Sweeps, exact_gradient, mistakes_of, predict, update
from grader.report import Finding
from grader.taken import as_taken
from grader.trials import Trial, TrialSet, worked_example

FEWEST_TRIALS = 3
"""A mistake is named only where it reproduces the answer on so many trials."""
MISPREDICTED = 100
"""A mistake that would have spoilt an answer that is right weighs against it more than all it explains."""

_OVERWRITTEN = "path_overwritten"
MULTIPLES = ("sign", "factor", "not_averaged", "averaged_twice", "averaged_over_another", "rate_in_gradient")
MADE_EARLY = ("sign", "averaged_twice")
"""Of these, what is seldom done to several gradients and likelier to one that they are computed from: where a division
by the number of samples, or by twice that, has its place is in each of them."""


@dataclass(frozen=True)
class Explanation:
    """Why an answer is wrong: it only `follows_from` another one, or these mistakes were made."""

    follows_from: str | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def differs_by_itself(self) -> bool:
        """Whether such code answers otherwise when it is called again, though it keeps nothing from one call to the
        next."""
        return any(finding.code == _OVERWRITTEN for finding in self.findings)


@dataclass(frozen=True, eq=False)
class _State:
    """Where the student's sweep stands, by trial: the gradients `given` at nodes as the student answered them, and
    the mistakes named so far."""

    points: Sequence[Trial]
    given: Sequence[Mapping[int, Float64]]
    mistakes: tuple[Mistake, ...] = ()
    follows_from: str | None = None

    @property
    def exact(self) -> bool:
        return not self.mistakes and not any(self.given) and self.table

    table: bool = True
    """Whether the points are the plain ones, whose fingerprints are in the table."""


class _Explained:
    """One submission: its trials that lie on no kink, its answers, and what was found about them."""

    def __init__(self, exercise: Exercise, trials: TrialSet, judged: Sequence[Judged]) -> None:
        self.exercise = exercise
        self.points = [t for t in trials if not t.tied]
        self.asks: dict[str, Gradient | Value] = {}
        self.answers: dict[str, list[Float64 | None]] = {}
        self.right: set[str] = set()
        for j in judged:
            if isinstance(j.ask, (Gradient, Value)):
                kept = [one for one, t in zip(j.judgements, trials, strict=True) if not t.tied]
                self.asks[j.ask.name] = j.ask
                self.answers[j.ask.name] = [one.value for one in kept]
                if j.right:
                    self.right.add(j.ask.name)
        self.named: dict[str, Mistake] = {}
        self.others: dict[str, list[Mistake]] = {}  # what would also have explained that answer alone
        self.found: dict[str, Explanation] = {}
        self.known: dict[str, int] = {}  # how many were named when an answer could not be explained
        self.sweeps: Sweeps = {}

    def explain(self, ask: Gradient | Value) -> None:
        """Find why the answer to `ask` is wrong, where it can be found."""
        if not self._shows_something(ask):
            return
        if explanation := self._explanation(ask) or self._with_another(ask) or self._overwritten(ask):
            self.found[ask.name] = explanation
        else:
            self.known[ask.name] = len(self.named)

    def explain_the_rest(self) -> None:
        """Find why an answer is wrong that could not be explained at its turn, with what was named after that; and
        where nothing came back."""
        for name, known in self.known.items():
            if known < len(self.named) and (explanation := self._explanation(self.asks[name])):
                self.found[name] = explanation
        zeros = {n: ask for n, ask in self.asks.items() if isinstance(ask, Gradient) and self._all_zero(n)}
        nodes = {ask.node for ask in zeros.values()}
        for name, ask in zeros.items():
            way = self.exercise.program.between(frozenset([ask.node]), ask.objective).keys() - {ask.node}
            if nodes.isdisjoint(way):  # the others only follow from it
                self.found[name] = Explanation(findings=(Finding("all_zero", name),))

    def _all_zero(self, name: str) -> bool:
        wrong = name not in self.right and not self._misshapen(name)
        return wrong and not any(value.any() for value in self.answers[name] if value is not None)

    def _shows_something(self, ask: Gradient | Value) -> bool:
        """Whether there are answers enough, and not all of them zeros."""
        answer = self.answers[ask.name]
        enough = sum(value is not None for value in answer) >= min(FEWEST_TRIALS, len(self.points))
        return answer[0] is not None and enough and any(value is not None and value.any() for value in answer)

    def _explanation(self, ask: Gradient | Value) -> Explanation | None:
        if isinstance(ask, Value) and (earlier := self._continued(ask)):
            return Explanation(follows_from=earlier)
        further_up = self._further_up(ask) if isinstance(ask, Gradient) else self._further_back(ask)
        for state in further_up:
            if self._reproduced(ask, state):
                return Explanation(follows_from=state.follows_from)
        for state in chain(further_up, self._plain(ask)):
            if found := self._reproducing(ask, state):
                return self._named(ask, state, found)
        return None

    def _continued(self, ask: Value) -> str | None:
        """The nearest wrong answer among those that this one is computed from, if it is right for them."""
        program = self.exercise.updates
        way = program.ancestors(ask.node)
        earlier = {n: a for n, a in self.asks.items() if n not in self.right and n != ask.name}
        steps = {n: a.node for n, a in earlier.items() if isinstance(a, Value) and a.node in way and a.node != ask.node}
        slopes = {n for n in earlier if n in program.names and program.names[n] in way and n not in steps}
        if not (steps or slopes) or any(self._misshapen(n) or _degenerate(self.answers[n]) for n in (*steps, *slopes)):
            return None
        moved = False
        for i, trial in enumerate(self._own_points(ask) or ()):
            value = self.answers[ask.name][i]
            if value is None or not same(value, self._stepped(ask, trial)):
                return None
            earlier_values = [self.answers[n][i] for n in steps]
            moved = moved or not any(v is not None and same(value, v) for v in earlier_values)
        if not moved:
            return None  # the earlier one makes this step trivial
        return next(n for n in reversed(self.asks) if n in steps or n in slopes)

    def _stepped(self, ask: Value, point: Trial) -> Float64:
        return np.asarray(update(self.exercise, ask, point)[ask.node], dtype=np.float64)

    def _misshapen(self, name: str) -> bool:
        """Whether an answer is absent somewhere, or is no array of the right shape."""
        return any(
            v is None or v.shape != t.expected[name].exact.shape or not np.isfinite(v).all()
            for v, t in zip(self.answers[name], self.points, strict=True)
        )

    def _reproducing(self, ask: Gradient | Value, state: _State) -> list[Mistake]:
        tried = ([m for m in some if self._reproduced(ask, state, m)] for some in self._suspects(ask, state))
        return next(filter(None, tried), [])

    def _with_another(self, ask: Gradient | Value) -> Explanation | None:
        """As a second mistake after the last one, if that was made further up than it had to be thought."""
        if not self.named or not isinstance(ask, Gradient):
            return None
        last = list(self.named)[-1]
        kept = tuple(m for name, m in self.named.items() if name != last)
        tried = set()
        for other in self.others[last]:
            effect = frozenset(other.arrivals) | {source for source, _ in other.rules}
            if effect in tried or not _touches(self.exercise, ask, other):
                continue
            tried.add(effect)
            state = _State(self.points, self._nothing, (*kept, other), last)
            if found := self._reproducing(ask, state):
                self.named[last] = other
                before = _State(self.points, state.given, kept)
                self.found[last] = Explanation(findings=(self._finding(self.asks[last], before, other),))
                return self._named(ask, state, found)
        return None

    def _overwritten(self, ask: Gradient | Value) -> Explanation | None:
        """As a sum that lacks other paths on other trials: what goes through a set of nodes meets them in any order,
        and whoever overwrites a gradient there keeps the path that comes last."""
        if not isinstance(ask, Gradient):
            return None
        paths = [m for m in _table(self.exercise)[ask.name].mistakes if m.code == "path_dropped" and m.at == ask.name]
        answered = [(i, value) for i, value in enumerate(self.answers[ask.name]) if value is not None]

        def lacks_some(state: _State, i: int, value: Float64) -> bool:
            made = ((*state.mistakes, path) for path in paths)
            sums = (predict(self.exercise, ask, state.points[i], m, state.given[i], self.sweeps) for m in made)
            return any(one is not None and same(value, one) for one in sums)

        for state in (*self._further_up(ask), _State(self.points, self._nothing)):
            if all(lacks_some(state, i, value) for i, value in answered):
                return Explanation(findings=(Finding(_OVERWRITTEN, ask.name),))
        return None

    def _further_up(self, ask: Gradient) -> list[_State]:
        """The student's own sweep as far as it is known, where a gradient is wrong further up: most of it first."""
        given, upstream = self._given(ask)
        named = {n: m for n, m in self.named.items() if self._telling(ask, n)}
        mistakes = tuple(named.values())
        by_mistake = next((n for n in reversed(named) if _touches(self.exercise, ask, named[n])), None)
        states = []
        if upstream and mistakes:
            states.append(_State(self.points, given, mistakes, upstream))
        if upstream:
            states.append(_State(self.points, given, (), upstream))
        if by_mistake:
            states.append(_State(self.points, self._nothing, mistakes, by_mistake))
            steps = any(isinstance(other, Value) for other in self.asks.values())
            if steps and (own := self._own_points(ask)):  # with W2_new as the student computed it, updated once more
                states.append(_State(own, self._nothing, mistakes, by_mistake, table=False))
        return states

    def _further_back(self, ask: Value) -> list[_State]:
        """The forward pass with the slips that have a name by now, one of which reaches `ask`."""
        slips = {name: m for name, m in self.named.items() if m.forward}
        by_slip = next((name for name in reversed(slips) if ask.name in slips[name].finishes), None)
        return [_State(self.points, self._nothing, tuple(slips.values()), by_slip)] if by_slip else []

    def _plain(self, ask: Gradient | Value) -> Iterator[_State]:
        """The exact sweep; and that with the student's own gradients as numbers, before it where a step is asked."""
        if isinstance(ask, Gradient):
            yield _State(self.points, self._nothing)
        if own := self._own_points(ask):
            yield _State(own, self._nothing, table=False)
        if isinstance(ask, Value):
            yield _State(self.points, self._nothing)

    @property
    def _nothing(self) -> list[Mapping[int, Float64]]:
        return [{} for _ in self.points]

    def _telling(self, ask: Gradient, name: str) -> bool:
        """Whether something is shown by an answer to `ask` that follows from another one: not where both are one
        number everywhere, unless the other one is right to be that."""
        exact = [trial.expected[name].exact for trial in self.points]
        constant = _degenerate(self.answers[name]) and not _degenerate(exact)
        return not (constant and _degenerate(self.answers[ask.name]))

    def _own_points(self, ask: Gradient | Value) -> list[Trial] | None:
        """The trials with the student's own wrong gradients in place of the exact ones, and with the steps made from
        them, for mistakes that use one as a number (an update, a bias summed from the weights' gradient)."""
        others = [n for n in self.asks if n != ask.name and not self._misshapen(n)]
        if self.right.issuperset(others):
            return None
        theirs = [n for n in others if n not in self.right or isinstance(self.asks[n], Value)]
        points = []
        for i, trial in enumerate(self.points):
            own = {}
            for n in theirs:
                value = self.answers[n][i]
                assert value is not None
                own[n] = replace(trial.expected[n], exact=value)
            points.append(replace(trial, expected={**trial.expected, **own}))
        return points

    def _given(self, ask: Gradient) -> tuple[list[Mapping[int, Float64]], str | None]:
        """The student's own gradients on the way from the objective to `ask`, on each trial, where one is wrong; and
        the nearest wrong one. Where its objective is another, times the constant between the two."""
        program = self.exercise.program
        way = program.between(frozenset([ask.node]), ask.objective).keys() - {ask.node}
        given: list[dict[int, Float64]] = [{} for _ in self.points]
        nearest: Gradient | None = None
        for name, other in self.asks.items():
            if not isinstance(other, Gradient) or other.node not in way:
                continue
            values = [self._scaled(ask, other, i) for i in range(len(self.points))]
            if any(value is None for value in values):
                continue
            if name not in self.right:
                if _degenerate(self.answers[name]):
                    continue
                if nearest is None or other.node < nearest.node:
                    nearest = other
            for here, value in zip(given, values, strict=True):
                assert value is not None
                here[other.node] = value
        return list(given), None if nearest is None else nearest.name

    def _scaled(self, ask: Gradient, other: Gradient, i: int) -> Float64 | None:
        """The student's answer to `other` on trial i, as the gradient of the objective of `ask`."""
        exact = self.points[i].expected[other.name].exact
        value = exact if other.name in self.right else self.answers[other.name][i]
        if value is None or value.shape != exact.shape or not np.isfinite(value).all():
            return None
        return (
            value
            if ask.objective == other.objective
            else _times(value, ratio(self.exercise, ask, other, self.points[i]))
        )

    def _reproduced(self, ask: Gradient | Value, state: _State, mistake: Mistake | None = None) -> bool:
        """Whether the state, with one more mistake, leads to the student's answer on every trial, and is not just
        right."""
        mistakes = state.mistakes if mistake is None else (*state.mistakes, mistake)
        differs = False
        order = sorted(range(len(self.points)), key=lambda i: i == 0)  # hidden trials tell most apart
        for i in order:
            value = self.answers[ask.name][i]
            if value is None:
                continue
            predicted = predict(self.exercise, ask, state.points[i], mistakes, state.given[i], self.sweeps)
            if predicted is None or not same(value, predicted):
                return False
            differs = differs or not any(same(predicted, right) for right in self._right(ask, state, i))
        return differs

    def _right(self, ask: Gradient | Value, state: _State, i: int) -> list[Float64]:
        """What is no mistake on trial i: the exact answer, and an update step by the student's own gradients."""
        trial = self.points[i]
        exact = trial.expected[ask.name].exact
        if state.table or not isinstance(ask, Value):
            return [exact]
        stepped = self._stepped(ask, state.points[i])
        return [stepped] if ask.own else [exact, stepped]

    def _suspects(self, ask: Gradient | Value, state: _State) -> Iterator[list[Mistake]]:
        """The mistakes that lead to the answer on the worked example: first those that leave alone what is right or
        explained already, then the others."""
        value = self.answers[ask.name][0]
        assert value is not None
        mistakes = _table(self.exercise)[ask.name].mistakes
        if state.exact:
            yield [m for m in _table(self.exercise)[ask.name].matching(value) if self._possible(m)]
        elif not isinstance(ask, Gradient):
            yield self._leading(ask, state, mistakes)
        else:
            given, settled = frozenset(state.given[0]), self.right | self.found.keys()
            here = _reaching(self.exercise, ask, given)
            elsewhere = [a for n, a in self.asks.items() if n in settled and isinstance(a, Gradient) and a is not ask]
            spoilt = frozenset().union(*(_reaching(self.exercise, other, given) for other in elsewhere))
            near = [  # what is given has come of the student's own forward pass, as wrong as it may be
                m for m, at in mistakes.items()
                if ask.name in m.finishes or not (here.isdisjoint(at) or (m.forward and given))
            ]  # fmt: skip
            yield self._leading(ask, state, [m for m in near if spoilt.isdisjoint(mistakes[m])])
            yield self._leading(ask, state, [m for m in near if not spoilt.isdisjoint(mistakes[m])])

    def _possible(self, mistake: Mistake) -> bool:
        """Whether no forward result that is right speaks against it, where it is a slip of the forward pass."""
        return not mistake.forward or self.right.isdisjoint(mistake.finishes)

    def _leading(self, ask: Gradient | Value, state: _State, mistakes: Iterable[Mistake]) -> list[Mistake]:
        found, value = [], self.answers[ask.name][0]
        assert value is not None
        for mistake in filter(self._possible, mistakes):
            made = (*state.mistakes, mistake)
            predicted = predict(self.exercise, ask, state.points[0], made, state.given[0], self.sweeps)
            if predicted is not None and same(value, predicted):
                found.append(mistake)
        return found

    def _named(self, ask: Gradient | Value, state: _State, found: Sequence[Mistake]) -> Explanation:
        scores = [self._score(ask, state, mistake) for mistake in found]
        best = [m for m, score in zip(found, scores, strict=True) if score == max(scores)]
        best = [self._here(ask, m) if m.repeated and isinstance(ask, Gradient) else m for m in best]
        self.named[ask.name] = best[0]
        self.others[ask.name] = [mistake for mistake in found if mistake is not best[0]]
        by_code = {m.code: m for m in reversed(best)}
        told = [m for m in best if by_code[m.code] is m]
        findings = (self._finding(ask, state, mistake) for mistake in told)
        return Explanation(findings=tuple(replace(finding, certain=len(told) == 1) for finding in findings))

    def _finding(self, ask: Gradient | Value, state: _State, mistake: Mistake) -> Finding:
        """The mistake in words. Where it only multiplies the answer, as so many places on the way could, the answer is
        what is told to be multiplied: that is true wherever it was done. `likely` is where to look for it."""
        at, parameters = mistake.at, mistake.parameters
        if at == ask.name or mistake.code not in MULTIPLES or not isinstance(ask, Gradient):
            return Finding(mistake.code, at, parameters)
        if not self._multiplied(ask, state, mistake):
            return Finding(mistake.code, at, parameters)
        early = mistake.code in MADE_EARLY and mistake.arrivals.keys() - {ask.node, ask.objective}
        return Finding(mistake.code, ask.name, {**parameters, "likely": at} if early else parameters)

    def _multiplied(self, ask: Gradient, state: _State, mistake: Mistake) -> bool:
        """Whether all that the mistake does to the answer is to multiply it by a number."""
        for point, given in zip(state.points, state.given, strict=True):
            without = predict(self.exercise, ask, point, state.mistakes, given, self.sweeps)
            made = predict(self.exercise, ask, point, (*state.mistakes, mistake), given, self.sweeps)
            if without is None or made is None or made.shape != without.shape:
                return False
            k = float(np.sum(made * without)) / (float(np.sum(without * without)) or 1.0)
            if not same(made, k * without):
                return False
        return True

    def _here(self, ask: Gradient, mistake: Mistake) -> Mistake:
        """Of a slip made at several places, those on the way to `ask`: elsewhere it counts again."""
        rules = {edge: share for edge, share in mistake.rules.items() if _leads(self.exercise, edge, ask)}
        circuit = Circuit.of(self.exercise)
        at = ", ".join(dict.fromkeys(circuit.step(index) for index, _ in sorted(rules)))
        return replace(mistake, at=at, rules=rules, repeated=False)

    def _score(self, ask: Gradient | Value, state: _State, mistake: Mistake) -> int:
        """How many of the other answers the mistake explains too, on one hidden trial."""
        i = min(1, len(self.points) - 1)
        score = 0
        for name, other in self.asks.items():
            value = self.answers[name][i]
            if name == ask.name or value is None or not (isinstance(other, Gradient) or name in mistake.finishes):
                continue
            given = state.given[i]
            elsewhere = isinstance(ask, Gradient) and isinstance(other, Gradient) and ask.objective != other.objective
            if elsewhere or other.node in given:
                given = {}
            predicted = predict(self.exercise, other, state.points[i], (*state.mistakes, mistake), given, self.sweeps)
            explained = predicted is not None and same(value, predicted)
            if name in self.right:
                score -= 0 if explained else MISPREDICTED
            else:
                score += explained
        return score


def explain(exercise: Exercise, trials: TrialSet, judged: Sequence[Judged]) -> dict[str, Explanation]:
    """An explanation for each wrong answer that has one and needs it, by name; `judged` in backward order. Where a
    gradient is judged as of another objective than the exercise's (`grader.convention`), it is explained as of that
    one."""
    exercise, trials = as_taken(exercise, trials, [j.ask for j in judged])
    submission = _Explained(exercise, trials, judged)
    settled = {j.ask.name for j in judged if j.settled}
    for name, ask in submission.asks.items():
        if name not in submission.right | settled:
            submission.explain(ask)
    submission.explain_the_rest()
    return submission.found


def alone(exercise: Exercise, trials: TrialSet, judged: Judged) -> list[Mistake]:
    """The mistakes each of which, made alone, leads to this wrong answer."""
    assert isinstance(judged.ask, Gradient)
    exercise, trials = as_taken(exercise, trials, [judged.ask])
    submission = _Explained(exercise, trials, [judged])
    return submission._reproducing(judged.ask, _State(submission.points, submission._nothing))


@lru_cache(maxsize=4096)
def ratio(exercise: Exercise, ask: Gradient, other: Gradient, trial: Trial) -> float | None:
    """The constant between the gradients of the two objectives at the node of `other`; None where there is none."""
    there = exact_gradient(exercise, trial, ask.objective, other.node)
    here = trial.expected[other.name].exact
    length = float(np.sum(here * here))
    k = float(np.sum(there * here)) / length if length else 0.0
    return k if k and same(np.asarray(there), k * here) else None


def _times(value: Float64, k: float | None) -> Float64 | None:
    return None if k is None else k * value


def _degenerate(values: Sequence[Float64 | None]) -> bool:
    """Zeros, or one number on all hidden trials, whatever is answered on the worked example: nothing is shown by
    following through from it."""
    entries = np.concatenate([value.reshape(-1) for value in (values[1:] or values) if value is not None])
    return bool(np.ptp(entries) <= 1e-9 * np.abs(entries).max(initial=0.0))


@dataclass(frozen=True, eq=False)
class _Row:
    """For one asked quantity: the mistakes that change it, each with its places, and their answers' fingerprints on the
    worked example, by shape: the sum of the entries times fixed weights, and of their sizes."""

    mistakes: Mapping[Mistake, frozenset[int]]
    fingerprints: Mapping[tuple[int, ...], tuple[Float64, tuple[Mistake, ...]]]

    def matching(self, value: Float64) -> list[Mistake]:
        if value.shape not in self.fingerprints or not np.isfinite(value).all():
            return []
        rows, mistakes = self.fingerprints[value.shape]
        mark, size = _fingerprint(value)
        close = np.abs(rows[:, 0] - mark) <= 10 * SAME * np.maximum(size, rows[:, 1])
        return [mistakes[i] for i in np.flatnonzero(close)]


def _fingerprint(value: Float64) -> tuple[float, float]:
    weights = np.cos(1.0 + np.arange(value.size))
    flat = value.reshape(-1)
    return float(flat @ weights), float(np.abs(flat).sum())


@lru_cache(maxsize=64)  # half a megabyte each, and every variant has its own
def _table(exercise: Exercise) -> Mapping[str, _Row]:
    """For each asked gradient and value, every mistake and what it leads to on the worked example."""
    trial, sweeps = worked_example(exercise), Sweeps()
    asked = [ask for ask in exercise.asks if isinstance(ask, (Gradient, Value))]
    return {ask.name: _row(exercise, ask, trial, sweeps) for ask in asked}


def _row(exercise: Exercise, ask: Gradient | Value, trial: Trial, sweeps: Sweeps) -> _Row:
    by_shape: dict[tuple[int, ...], list[tuple[tuple[float, float], Mistake]]] = {}
    for mistake in mistakes_of(exercise):
        touched = _touches(exercise, ask, mistake)
        predicted = predict(exercise, ask, trial, [mistake], sweeps=sweeps) if touched else None
        if predicted is not None and np.isfinite(predicted).all():
            by_shape.setdefault(predicted.shape, []).append((_fingerprint(predicted), mistake))
    fingerprints = {
        shape: (np.array([mark for mark, _ in rows]), tuple(m for _, m in rows)) for shape, rows in by_shape.items()
    }
    places = {m: m.places(exercise.program) for rows in by_shape.values() for _, m in rows}
    return _Row(places, fingerprints)


def _touches(exercise: Exercise, ask: Asked, mistake: Mistake) -> bool:
    """Whether the mistake lies on the way to `ask`."""
    if ask.name in mistake.finishes:
        return True
    if not isinstance(ask, Gradient):
        return False
    leads = bool(mistake.forward) or any(_leads(exercise, edge, ask) for edge in mistake.rules)
    return leads or not _way(exercise, ask).isdisjoint(mistake.arrivals)


def _leads(exercise: Exercise, edge: tuple[int, int], ask: Gradient) -> bool:
    """Whether what passes that edge reaches `ask`."""
    way, node = _way(exercise, ask), exercise.program.nodes[edge[0]]
    return edge[0] in way and node.inputs[edge[1]] in way


def _way(exercise: Exercise, ask: Gradient) -> KeysView[int]:
    return exercise.program.between(frozenset([ask.node]), ask.objective).keys()


@lru_cache(maxsize=4096)
def _reaching(exercise: Exercise, ask: Gradient, given: frozenset[int]) -> frozenset[int]:
    """The nodes whose gradient reaches `ask` without passing one that is given."""
    program, found = exercise.program, {ask.node}
    for index in sorted(_way(exercise, ask) - given):
        if not found.isdisjoint(program.nodes[index].inputs):
            found.add(index)
    return frozenset(found)
