"""The result of grading one submission: plain data, converted to JSON and back.

A `Result` has an `Answer` for each exercise of the chapter, an `Answer` has a `Test` for each
group of cases. A submission that could not be graded has no score, not 0, and a reason.
"""

from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Test:
    """One group of cases, and the points for it.

    about : "huge residuals"
    points, earned : earned is `points` or 0
    visible : True for cases that every student can see (and could memorise)
    message : one sentence on what went wrong, "" where it is right
    """

    __test__ = False  # pytest would collect a class of this name

    about: str
    points: float
    earned: float
    visible: bool
    message: str = ""


@dataclass(frozen=True)
class Answer:
    """The answer to one exercise.

    name, title : "root_mean_squared_error", "A root that does not overflow"
    kind : "function", "number", "choice" or "derivation"
    points, earned : earned is the sum over the tests, rounded to 2 digits
    state : "solved", "wrong", "not yet" (nothing written) or "open" (written, but it could not be
        asked: no points and no zero, a person decides)
    summary : the first line of the report
    call : lines for a fixed-width block: the first failing call, yours, expected (always of a
        visible case)
    feedback : sentences, in Markdown
    mistake : the feedback on the known mistake that was recognised, or ""
    tests : tuple of Test
    look : why a person should look at this answer, or ""; an open one always has a reason
    """

    name: str
    title: str
    kind: str
    points: float
    earned: float
    state: str
    summary: str = ""
    call: tuple = ()
    feedback: tuple = ()
    mistake: str = ""
    tests: tuple = ()
    look: str = ""


@dataclass(frozen=True)
class Result:
    """A graded submission.

    student : from the name of the folder or file, never from its content
    file : the name of the file as it was handed in, with its folders
    chapter : "02"
    sha256 : of the file's bytes
    status : "graded"; "partly run" (a cell or call hung or crashed, the rest was graded);
        "blank" (it could not be graded); "missing" (only in exports: nothing was handed in)
    score, most : points; score is None where status is "blank" or "missing"
    open_points : the points of the answers that are open; they are not in the score
    answers : tuple of Answer, in the order of the chapter; empty where status is "blank"
    notes : sentences on the whole file ("not UTF-8; read as Latin-1")
    look_at : why a person should look at it; empty for most
    cells : sources of the code cells that were run, as they were handed in
    seed_id, test_version, versions, tier : what the grade depends on; versions is a dict
    seconds, restarts, memory : wall time, how often its process was restarted, peak MB
    when : ISO time in UTC
    lms_id, lms_name, handed_in, time_from : those of the Submission
    numbers : the student of the roster for whom the numbers in it were drawn, or ""
    """

    student: str
    file: str
    chapter: str
    sha256: str
    status: str
    score: float | None
    most: float
    answers: tuple = ()
    notes: tuple = ()
    look_at: tuple = ()
    cells: tuple = ()
    seed_id: str = ""
    test_version: str = ""
    versions: dict = field(default_factory=dict)
    tier: str = ""
    seconds: float = 0.0
    restarts: int = 0
    memory: int = 0
    when: str = ""
    lms_id: str = ""
    lms_name: str = ""
    handed_in: str = ""
    time_from: str = ""
    numbers: str = ""

    @property
    def open_points(self) -> float:
        return round(sum(one.points for one in self.answers if one.state == "open"), 2)

    @property
    def lms(self) -> str:
        """ "moodle" or "canvas", where the file comes from there, else ""."""
        moodle = "_assignsubmission_" in self.lms_name
        return "moodle" if moodle else "canvas" if self.lms_name else ""

    def as_dict(self):
        """The same as dicts, lists and numbers, for JSON."""
        return asdict(self)


def from_dict(stored):
    """The Result with these `as_dict()`; raise ValueError if there is none."""
    try:
        answers = tuple(
            Answer(**_tuples(answer | {"tests": tuple(Test(**test) for test in answer["tests"])}))
            for answer in stored["answers"]
        )
        return Result(**_tuples(stored | {"answers": answers}))
    except (KeyError, TypeError) as error:
        raise ValueError(f"this is not a stored result: {error}") from None


def _tuples(fields):
    """The fields with tuples in place of the lists of JSON."""
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }
