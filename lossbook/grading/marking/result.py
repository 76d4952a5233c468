"""What is known of a submission after it was graded. Plain data: it becomes JSON and comes back.

A `Result` has an `Answer` for each exercise of the chapter, an `Answer` has its `Test`s. What
could not be graded has no score: it is blank, never 0, and says why.
"""

from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Test:
    """One thing that is looked at, and the points it carries.

    about : "huge residuals"
    points, earned : earned is `points` or 0
    visible : True for a case that every student can see (and could learn by heart)
    words : one sentence on what went wrong, "" where it is right
    """

    __test__ = False  # for pytest, which takes every class of this name for its own

    about: str
    points: float
    earned: float
    visible: bool
    words: str = ""


@dataclass(frozen=True)
class Answer:
    """The answer to one exercise.

    name, title : "root_mean_squared_error", "A root that does not overflow"
    kind : "function", "number", "choice" or "derivation"
    points, earned : earned is the sum over the tests, rounded to 2 digits
    state : "solved", "wrong", "not yet" (nothing written) or "not run" (it could not be asked)
    head : the first line of the report
    shown : lines for a fixed-width block: the first failing call, yours, expected (a case that
        the student can see; the secret ones are never written here)
    says : sentences, in Markdown
    mistake : the sentence of the known mistake that was recognised, or ""
    tests : tuple of Test
    """

    name: str
    title: str
    kind: str
    points: float
    earned: float
    state: str
    head: str = ""
    shown: tuple = ()
    says: tuple = ()
    mistake: str = ""
    tests: tuple = ()


@dataclass(frozen=True)
class Result:
    """A graded submission.

    student : from the folder's or the file's name, and from nowhere else
    file : the name of the file as it was handed in, with its folders
    chapter : "02"
    sha256 : of the file's bytes
    status : "graded"; "partly run" (something hung or died, the rest was graded);
        "blank" (it could not be graded at all)
    score, most : points; score is None where status is "blank"
    answers : tuple of Answer, in the order of the chapter; empty where status is "blank"
    notes : sentences on the whole file ("not UTF-8; read as Latin-1")
    look_at : sentences that ask a person to look; empty for most
    cells : sources of the code cells that were run, as they were handed in
    seed_id, test_version, versions, tier : what the grade rests on; versions is a dict
    seconds, restarts, memory : wall time, how often its process was started again, peak MB
    when : ISO time in UTC
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

    def as_dict(self):
        """The same as dicts, lists and numbers, for JSON."""
        return asdict(self)


def from_dict(kept):
    """The Result that `as_dict` was made from; raise ValueError where it is none."""
    try:
        answers = tuple(
            Answer(**_tuples(answer | {"tests": tuple(Test(**test) for test in answer["tests"])}))
            for answer in kept["answers"]
        )
        return Result(**_tuples(kept | {"answers": answers}))
    except (KeyError, TypeError) as error:
        raise ValueError(f"this is no stored result: {error}") from None


def _tuples(fields):
    """JSON knows lists only; here they are tuples."""
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }
