"""Judge every slip of every line of a derivation.

A mutant is judged in the place of its line: with the letters, facts and the chain that the
line had. `judged(title, body)` yields every mutant with its verdict.
"""

import copy
import re

from lossbook.derive import Derivation
from lossbook.derive.falsify.judge import Verdict
from tests.helpers.derive_slips import OPERATORS, slips


class _Recorder(Derivation):
    """Keeps, for every step, the state in which it was judged."""

    def __init__(self, title, body, **options):
        self.before = []
        # (The suite runs without the cache; a recalled verdict would not be a mutant's.)
        super().__init__(title, body, strict=False, **options)

    def _step(self, formula, reason, verdict, label=""):
        state = copy.copy(self)
        state.rows, state.facts = list(self.rows), dict(self.facts)
        state.setting, state._chain = self.setting.copy(), copy.copy(self._chain)
        state.sources, state._checkers = dict(self.sources), self._checkers
        self.before.append(state)
        return super()._step(formula, reason, verdict, label)


def judged(title, body, operators=OPERATORS, seed=1):
    """Yield (operator, label, mutant, Verdict) for every mutant of every line."""
    recorder = _Recorder(title, body, seed=seed)
    for state, step in zip(recorder.before, recorder.steps, strict=True):
        for name, mutant in slips(step.source, state.setting, operators):
            yield name, step.label, mutant, _verdict(state, mutant, step.reason)
        if "lost citation" in operators or operators is OPERATORS:
            without = re.sub(r"\(([A-Z])\)", r"\1", step.reason)
            if without != step.reason and set(state.facts) & set(_labels(step.reason)):
                verdict = _verdict(state, step.source, without)
                yield "lost citation", step.label, step.source, verdict


def _labels(reason):
    return re.findall(r"\(([^()]*)\)", reason)


def _verdict(state, source, reason):
    twin = copy.copy(state)
    twin.rows, twin._chain = list(state.rows), copy.copy(state._chain)
    twin.facts, twin.sources = dict(state.facts), dict(state.sources)
    Derivation._read(_Plain.of(twin), source, reason)
    return twin.rows[-1].verdict or Verdict("unreadable")


class _Plain(Derivation):
    """A twin that does not record."""

    @classmethod
    def of(cls, twin):
        twin.__class__ = cls
        return twin
