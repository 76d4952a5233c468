"""The policy of a course: how much the exercises count, and what a late submission loses.

It changes Results before they are exported and shown; the gradebook keeps what was graded.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from lossbook.grading.gradebook.overrides import Change, Overrides, known_name, normal_name
from lossbook.grading.marking.result import Result

_RATE = re.compile(r"(\d{1,3}(?:\.\d{1,2})?)\s*%\s*/\s*(hour|day|week)")
_WEIGHT = re.compile(r"\s*(\w+)\s*=\s*(\d{1,4}(?:\.\d{1,3})?)\s*")


def read_weights(weights: str, only: str, exercises: Iterable[str]) -> dict[str, float]:
    """Exercise → factor on its points, 0 for those left out; {} if nothing is asked for.

    weights : "huber=2,newsagent=0.5", or ""; only : "huber,newsagent", or "" for all

    >>> read_weights("huber=2", "", ["huber", "newsagent"])
    {'huber': 2.0, 'newsagent': 1.0}
    """
    exercises = list(exercises)
    chosen = [known_name(one.strip(), exercises, "exercise") for one in only.split(",") if one]
    factors = {name: float(not only or name in chosen) for name in exercises}
    for part in filter(None, weights.split(",")):
        found = _WEIGHT.fullmatch(part)
        if not found:
            raise ValueError(f"weights must be like huber=2,newsagent=0.5, got {part!r}")
        factors[known_name(found[1], exercises, "exercise")] *= float(found[2])
    if not any(factors.values()):
        raise ValueError("weights must leave at least one exercise that counts")
    return factors if set(factors.values()) != {1.0} else {}


def weighted(result: Result, weights: dict[str, float], most: float) -> Result:
    """The Result with the points of each exercise times its weight; weight 0 leaves it out.

    most : the points of the chapter with these weights, for a result without answers
    """
    if not weights:
        return result
    kept = [one for one in result.answers if weights.get(one.name, 1)]
    left_out = tuple(f"{one.name}" for one in result.answers if one not in kept)
    answers = tuple(_times(one, weights.get(one.name, 1)) for one in kept)
    before = sum(answer.earned for answer in result.answers)
    now = sum(answer.earned for answer in answers)
    return replace(
        result,
        answers=answers,
        score=None if result.score is None else round(result.score - before + now, 2),
        most=round(sum(one.points for one in answers), 2) if answers else most,
        look_at=tuple(one for one in result.look_at if re.split(r"\W", one)[0] not in left_out),
    )


def _times(answer, factor):
    def times(part):
        earned = round(part.earned * factor, 2)
        return replace(part, points=round(part.points * factor, 2), earned=earned)

    return replace(times(answer), tests=tuple(map(times, answer.tests)))


# ------------------------------------------------------------------------------------ lateness


class LatePolicy(NamedTuple):
    """What a late submission loses: a share of its total for each period that has begun.

    deadline : datetime with a time zone; percent : for each period
    period : timedelta; unit : "day"
    """

    deadline: datetime
    percent: float
    period: timedelta
    unit: str

    @classmethod
    def of(cls, rate, deadline):
        """That of "10%/day" and an ISO time. Raises ValueError.

        >>> policy = LatePolicy.of("10%/day", "2026-03-01T23:59+08:00")
        >>> policy.periods("2026-03-03T00:00:00+08:00")
        2
        """
        found = _RATE.fullmatch(rate.strip())
        if not found:
            raise ValueError(f"late must be like 10%/day (or hour, week), got {rate!r}")
        try:
            time = datetime.fromisoformat(deadline)
        except ValueError:
            raise ValueError(
                f"deadline must be like 2026-03-01T23:59+08:00, got {deadline!r}"
            ) from None
        time = time if time.tzinfo else time.astimezone()  # the zone of this machine
        return cls(time, float(found[1]), timedelta(**{f"{found[2]}s": 1}), found[2])

    def periods(self, handed_in: str) -> int:
        """How many periods after the deadline have begun at a time; 0 if it was in time."""
        time = datetime.fromisoformat(handed_in)
        late = (time if time.tzinfo else time.replace(tzinfo=self.deadline.tzinfo)) - self.deadline
        return max(0, math.ceil(late / self.period))

    def added(self, overrides: Overrides, results: Iterable[Result]) -> Overrides:
        """The Overrides with what late submissions lose."""
        changes = {normal_name(one.student): self.change(one) for one in results}
        late = {name: [change] for name, change in changes.items() if change}
        names = overrides.keys() | late.keys()
        return {name: [*overrides.get(name, ()), *late.get(name, ())] for name in names}

    def change(self, result: Result) -> Change | None:
        """What a Result loses, or None. The reason names the time and what tells it."""
        if result.score is None or not result.handed_in:
            return None
        if not (periods := self.periods(result.handed_in)):
            return None
        late = f"{periods} {self.unit}{'s' * (periods != 1)} late"
        why = f"{late} by {result.time_from}, {result.handed_in.replace('T', ' ')}"
        if not datetime.fromisoformat(result.handed_in).tzinfo:
            why += " in the time zone of the deadline"
        return Change(0, result.student, "", "-", min(100.0, periods * self.percent), True, why)

    def doubt(self, result: Result) -> str:
        """Why a person should look at whether a submission was late, or ""."""
        if result.score is None:
            return ""
        if not result.handed_in:
            return "It is not known when it was handed in, so nothing is taken away for lateness."
        if any("Canvas says" in note for note in result.notes) and not self.change(result):
            return f"Canvas says that it came late; {result.time_from} is before the deadline."
        return ""
