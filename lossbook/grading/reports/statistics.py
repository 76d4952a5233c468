"""The numbers of a class, counted in one pass, so that 20,000 results need little memory."""

from collections import Counter
from dataclasses import dataclass, field

from lossbook.grading.marking.result import Result
from lossbook.grading.reports.similarity import Similar
from lossbook.grading.reports.student import Adjustment, state_of
from lossbook.grading.safe_text import safe_name

NAMED = 12  # students kept by name for each mistake; all are counted
_WRITTEN = ("solved", "partly", "wrong")  # states of an answer that could be tested


@dataclass
class StudentSummary:
    """What the summary keeps of one submission.

    page : file name of the student's page
    score : the score that counts, or None
    open : points of answers that could not be asked
    states : a key of student.STATES for each exercise
    look_at : sentences that ask a person to look
    adjusted : whether a person changed the score
    similar : to which other file the code is similar, or None
    """

    student: str
    page: str
    status: str
    score: float | None
    open: float
    most: float
    states: tuple
    look_at: tuple
    adjusted: bool
    similar: Similar | None

    @property
    def remark(self) -> str:
        """A short note for the table of names."""
        blank = self.status == "blank"
        remarks = [
            ("missing", self.status == "missing"),
            ("not graded", blank),
            (f"{self.open:g} open", bool(self.open)),
            ("partly run", self.status == "partly run"),
            ("changed after grading", self.adjusted),
            ("look", bool(self.look_at) and not blank),
        ]
        return ", ".join(words for words, applies in remarks if applies)


@dataclass
class MistakeCount:
    """A known mistake: how many students made it, and the first of them."""

    feedback: str
    many: int = 0
    students: list[StudentSummary] = field(default_factory=list)


@dataclass
class ExerciseSummary:
    """One exercise over the class.

    states : Counter of the keys of student.STATES
    earned : points of the whole class
    tests : about → [students who have it right, students who wrote something to be tested]
    mistakes : feedback → MistakeCount
    unnamed : wrong answers without a known mistake
    """

    number: int
    title: str
    points: float
    states: Counter = field(default_factory=Counter)
    earned: float = 0.0
    tests: dict[str, list[int]] = field(default_factory=dict)
    mistakes: dict[str, MistakeCount] = field(default_factory=dict)
    unnamed: int = 0

    @property
    def answers(self) -> int:
        return self.states.total()

    @property
    def decided(self) -> int:
        """The answers that have a mark; open ones have none."""
        return self.answers - self.states["open"]

    def add(self, answer, student):
        state = state_of(answer)
        self.states[state] += 1
        self.earned += answer.earned
        if state not in _WRITTEN:
            return
        right = {}
        for test in answer.tests:
            right[test.about] = right.get(test.about, True) and test.earned >= test.points
        for about, all_right in right.items():
            counts = self.tests.setdefault(about, [0, 0])
            counts[0] += all_right
            counts[1] += 1
        if state == "solved":
            return
        if not answer.mistake:
            self.unnamed += 1
            return
        mistake = self.mistakes.setdefault(answer.mistake, MistakeCount(answer.mistake))
        mistake.many += 1
        if len(mistake.students) < NAMED:
            mistake.students.append(student)


@dataclass
class ClassStatistics:
    """A StudentSummary for each submission, and an ExerciseSummary for each exercise by name.

    basis : Counter of (tier, test version, seed id)
    """

    chapter: str = ""
    students: list[StudentSummary] = field(default_factory=list)
    exercises: dict[str, ExerciseSummary] = field(default_factory=dict)
    basis: Counter = field(default_factory=Counter)
    _pages: Counter = field(default_factory=Counter)

    def add(self, result: Result, adjusted: Adjustment | None = None) -> StudentSummary:
        """Count a Result."""
        adjusted = adjusted or Adjustment(result.score)
        self.chapter = self.chapter or result.chapter
        student = StudentSummary(
            student=result.student,
            page=self._page(result.student),
            status=result.status,
            score=adjusted.score,
            open=result.open_points,
            most=result.most,
            states=tuple(state_of(answer) for answer in result.answers),
            look_at=_reasons(result, adjusted.similar),
            adjusted=bool(adjusted.explanation),
            similar=adjusted.similar,
        )
        self.students.append(student)
        if result.status not in ("blank", "missing"):
            self.basis[result.tier, result.test_version, result.seed_id] += 1
            for answer in result.answers:
                number = len(self.exercises) + 1
                new = ExerciseSummary(number, answer.title, answer.points)
                self.exercises.setdefault(answer.name, new).add(answer, student)
        return student

    def count(self, *statuses: str) -> int:
        """How many submissions have one of these statuses."""
        return sum(student.status in statuses for student in self.students)

    def scores(self) -> list[float]:
        """The scores that count, sorted; blank submissions have none."""
        return sorted(one.score for one in self.students if one.score is not None)

    def _page(self, student):
        """The name of a page; a second submission of the same name gets its own."""
        name = safe_name(student)
        self._pages[name] += 1
        k = self._pages[name]
        return f"{name}.html" if k == 1 else f"{name}-{k}.html"


def _reasons(result, similar):
    """Why a person should look; a blank result always has a reason."""
    if result.status != "blank":
        return (*result.look_at, *filter(None, [similar and similar.reason]))
    reasons = dict.fromkeys((*result.notes, *result.look_at))
    return tuple(reasons) or ("It could not be graded.",)
