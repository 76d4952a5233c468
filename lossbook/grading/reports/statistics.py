"""The numbers of a class: counted once over the results, so that 20,000 need little memory."""

from collections import Counter
from dataclasses import dataclass, field

from lossbook.grading.reports.student import state_of
from lossbook.grading.safe_names import safe_name

NAMED = 12  # students kept by name for each mistake; all are counted


@dataclass
class Row:
    """What the summary keeps of one submission; `score` is the one that counts, or None."""

    student: str
    page: str
    status: str
    score: float | None
    most: float
    states: tuple
    look_at: tuple
    changed: bool


@dataclass
class Slip:
    """A named mistake: how many made it, and the first of them as Rows."""

    says: str
    many: int = 0
    rows: list = field(default_factory=list)


@dataclass
class Count:
    """One exercise over the class.

    states : Counter of the keys of student.STATES
    earned : points of the whole class
    tests : about → [students who have it right, students who wrote something to be tested]
    slips : sentence → Slip
    unnamed : answers that are wrong without a named mistake
    """

    number: int
    title: str
    points: float
    states: Counter = field(default_factory=Counter)
    earned: float = 0.0
    tests: dict = field(default_factory=dict)
    slips: dict = field(default_factory=dict)
    unnamed: int = 0

    @property
    def answers(self):
        return self.states.total()

    @property
    def tried(self):
        """Answers in which something was written that could be asked."""
        return sum(self.states[state] for state in ("solved", "partly", "wrong"))


@dataclass
class Tally:
    """The class: a Row for each submission and a Count for each exercise, by its name."""

    chapter: str = ""
    rows: list = field(default_factory=list)
    exercises: dict = field(default_factory=dict)
    basis: Counter = field(default_factory=Counter)  # (tier, test version, seed id)
    _pages: Counter = field(default_factory=Counter)

    def add(self, result, adjusted=None):
        """Count a Result; return its Row, which knows the file name of the student's page."""
        self.chapter = self.chapter or result.chapter
        row = Row(
            result.student,
            self._page(result.student),
            result.status,
            result.score if adjusted is None else adjusted[0],
            result.most,
            tuple(state_of(answer) for answer in result.answers),
            _reasons(result),
            adjusted is not None,
        )
        self.rows.append(row)
        if result.status != "blank":
            self.basis[result.tier, result.test_version, result.seed_id] += 1
            for answer in result.answers:
                self._count(answer, row)
        return row

    def of(self, *statuses):
        """How many submissions have one of these statuses."""
        return sum(row.status in statuses for row in self.rows)

    def scores(self):
        """The scores that count, sorted; blank ones have none."""
        return sorted(row.score for row in self.rows if row.score is not None)

    def _page(self, student):
        """The name of a page; a second submission under one name gets a page of its own."""
        safe = safe_name(student)
        self._pages[safe] += 1
        again = self._pages[safe]
        return f"{safe}.html" if again == 1 else f"{safe}-{again}.html"

    def _count(self, answer, row):
        new = Count(len(self.exercises) + 1, answer.title, answer.points)
        count = self.exercises.setdefault(answer.name, new)
        state = state_of(answer)
        count.states[state] += 1
        count.earned += answer.earned
        if state in ("solved", "partly", "wrong"):
            right = {}
            for test in answer.tests:
                right[test.about] = right.get(test.about, True) and test.earned >= test.points
            for about, all_right in right.items():
                tested = count.tests.setdefault(about, [0, 0])
                tested[0] += all_right
                tested[1] += 1
        if state in ("partly", "wrong"):
            if answer.mistake:
                slip = count.slips.setdefault(answer.mistake, Slip(answer.mistake))
                slip.many += 1
                if len(slip.rows) < NAMED:
                    slip.rows.append(row)
            else:
                count.unnamed += 1


def _reasons(result):
    """Why a person should look: what marking asks for; and each blank, with its reason."""
    if result.status != "blank":
        return tuple(result.look_at)
    reasons = dict.fromkeys((*result.notes, *result.look_at))
    return tuple(reasons) or ("It could not be graded.",)


def tally(results, adjusted=None):
    """The Tally of an iterable of Results; `adjusted` maps students to (score, why)."""
    adjusted = adjusted or {}
    made = Tally()
    for result in results:
        made.add(result, adjusted.get(result.student))
    return made
