"""Classes of submissions whose marks are known beforehand: single ones, twenty, a crowd.

solution("02"), empty("02"), with_answers("02", {...})   notebooks as students hand them in
twenty(folder)                                           twenty hand-made submissions
crowd(folder, 200, seed=0)                               as many as you like, all different
"""

import copy
import functools
import random
import re
from pathlib import Path
from typing import NamedTuple

import nbformat

from lossbook.exercises import checker
from lossbook.notebook.release import student_version
from tests.helpers import notebook_layouts
from tests.helpers.sample_answers import WRITTEN
from tests.helpers.vary_source import vary

SOLUTIONS = Path(__file__).parents[2] / "exercises" / "solutions"
FILE = "02_squared_error_exercises.ipynb"


class Expected(NamedTuple):
    """What a right grader makes of one submission.

    student : the name, which only the folder or the file tells
    file : where it lies in the folder of submissions, with slashes
    scores : {exercise: "full", "part" or "zero"}; empty where nothing can be graded
    says : {exercise: piece of a sentence that the report must hold}
    status : "graded", "partly run" (something hangs or ends the process) or "blank"
    """

    student: str
    file: str
    scores: dict
    says: dict
    status: str


# -------------------------------------------------------------------------- one notebook


def solution(chapter):
    """The students' notebook with every answer right."""
    return with_answers(chapter, dict.fromkeys(checker(chapter).exercises, ...))


def empty(chapter):
    """The students' notebook, untouched."""
    return with_answers(chapter, {})


def with_answers(chapter, answers):
    """The students' notebook with some answers written.

    Parameters
    ----------
    chapter : str
        "02".
    answers : dict
        {exercise: the source of its cell, or ... for the right one}; the others stay stubs.

    Raises
    ------
    ValueError
        The chapter has no such exercise.
    """
    notebook, right = (copy.deepcopy(part) for part in _read(chapter))
    unknown = answers.keys() - right.keys()
    if unknown:
        raise ValueError(f"answers: chapter {chapter} has no exercise {sorted(unknown)}")
    cells = {cell["id"]: cell for cell in notebook["cells"]}
    for exercise, source in answers.items():
        cell_id, known = right[exercise]
        cells[cell_id]["source"] = known if source is ... else source
    return notebook


@functools.cache
def _read(chapter):
    """The empty notebook, and {exercise: (id of its answer cell, right source)}."""
    (path,) = SOLUTIONS.glob(f"{chapter}_*.ipynb")
    solved = nbformat.read(path, as_version=4)
    right = {}
    for exercise in checker(chapter).exercises:
        ending = f"-{exercise.replace('_', '-')}-answer"
        (cell,) = [cell for cell in solved.cells if cell.id.endswith(ending)]
        right[exercise] = cell.id, _without_marks(cell.source)
    return student_version(solved), right


def _without_marks(source):
    lines = source.split("\n")
    return "\n".join(line for line in lines if not re.search("### (BEGIN|END) SOLUTION", line))


def write(notebook, path):
    """Store a notebook as JupyterLab does; folders are made."""
    _store(notebook_layouts.as_notebook(notebook), Path(path))


def _store(content, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


# ------------------------------------------------------------------------ twenty by hand


class _Row(NamedTuple):
    """One student: what is special about the answers, and about the file.

    special : {exercise: key in WRITTEN, or None for a stub}; all others are right
    file : {} is the student's name
    """

    student: str
    special: dict
    file: str = "{}/" + FILE
    change: object = notebook_layouts.unchanged
    store: object = notebook_layouts.as_notebook
    status: str = "graded"


def _but(root=..., weights=..., even=..., newsagent=..., huber=..., lad=...):
    """{exercise: key} for those that are given."""
    keys = zip(WRITTEN, (root, weights, even, newsagent, huber, lad), strict=True)
    return {exercise: key for exercise, key in keys if key is not ...}


TWENTY = [
    _Row("ada", _but()),
    _Row("王小明", _but(root="no root")),
    _Row("zoë-fournier", _but(root="sum"), file="{}/02_squared_error (1).ipynb"),
    _Row("jürgen-groß", _but(root="divides by zero"), store=notebook_layouts.as_latin_1),
    _Row("mathilde", _but(root="wraps"), file="{}.py", store=notebook_layouts.as_script),
    _Row("søren", _but(root="broadcasts"), store=notebook_layouts.as_version_3),
    _Row("priya", _but(root="as on paper", newsagent="one third")),
    _Row("tomás-ó-sé", _but(root="absolute", weights="n for W")),
    _Row("Анна", _but(huber="one step")),
    _Row("κώστας", _but(lad="no bounds", newsagent="median")),
    _Row("maría-josé", _but(even="b", huber="squared weights")),
    _Row("雪", _but(huber="drops", lad="squares")),
    _Row(
        "عمر",
        _but(weights="half-way", newsagent=None, huber="typo", lad=None),
        change=notebook_layouts.half_finished,
    ),
    _Row(
        "lena",
        _but(even=None, newsagent=None, huber=None, lad=None),
        change=notebook_layouts.through_colab,
    ),
    _Row("kwame", _but(newsagent="price"), change=notebook_layouts.without_checks),
    _Row("ngọc", _but(), change=notebook_layouts.out_of_order),
    _Row("ivan", _but(lad="one t"), file="{}.ipynb", change=notebook_layouts.with_plots),
    _Row("fatima", _but(huber="endless"), status="partly run"),
    _Row(
        "bob",
        _but(even="a"),
        file="{}/homework two FINAL.ipynb",
        change=notebook_layouts.with_an_exit,
        status="partly run",
    ),
    _Row("chloé", _but(), store=notebook_layouts.cut_off, status="blank"),
]


def twenty(folder):
    """Write twenty hand-made submissions of chapter 02; return a list of Expected."""
    return [
        _hand_in(Path(folder), row, _answers_of(row, number)) for number, row in enumerate(TWENTY)
    ]


def _answers_of(row, number):
    """{exercise: Answer or None}; what is not special is right, each time in another way."""
    answers = {}
    for exercise, ways in WRITTEN.items():
        right = [key for key, answer in ways.items() if answer.score == "full"]
        key = row.special.get(exercise, right[number % len(right)])
        answers[exercise] = ways[key] if key else None
    return answers


def _hand_in(folder, row, answers):
    """Write one submission and say what is expected of it."""
    sources = {name: answer.source for name, answer in answers.items() if answer}
    file = row.file.format(row.student)
    _store(row.store(row.change(with_answers("02", sources))), folder / file)
    if row.status == "blank":
        return Expected(row.student, file, {}, {}, "blank")
    scores = {name: answer.score if answer else "zero" for name, answer in answers.items()}
    says = {name: answer.says for name, answer in answers.items() if answer and answer.says}
    return Expected(row.student, file, scores, says, row.status)


# -------------------------------------------------------------------------------- a crowd

NAMES = [row.student for row in TWENTY]
NEVER_AT_RANDOM = {"endless", "typo"}  # they come with the row that has them


def crowd(folder, n, seed=0, *, plain=False):
    """Write n submissions of chapter 02, no two alike; return a list of Expected.

    Parameters
    ----------
    folder : path
    n : int
    seed : int
        The same seed gives the same files.
    plain : bool
        Only what every grader can read: a notebook with the released name in the student's
        folder, no cell that hangs or ends the process. Otherwise the files are stored in all the
        ways of `twenty`, and one has an endless loop.
    """
    return [_one_of_many(Path(folder), number, seed, plain) for number in range(n)]


def _one_of_many(folder, number, seed, plain):
    rng = random.Random(f"{seed} {number}")
    row = TWENTY[number % len(TWENTY)]
    # Each endless loop takes its whole time limit; one is enough.
    if plain or (number >= len(TWENTY) and "endless" in row.special.values()):
        row = _Row("", _but(newsagent=None) if rng.random() < 0.1 else _but())
    row = row._replace(student=f"{rng.choice(NAMES)}-{number:04d}")
    special = {name: _some_way(ways, rng) for name, ways in WRITTEN.items()} | row.special
    answers = _answers_of(row._replace(special=special), number)
    mark = f"{seed}.{number}"
    varied = {
        name: answer._replace(source=vary(answer.source, rng, mark)) if answer else None
        for name, answer in answers.items()
    }
    return _hand_in(folder, row, varied)


def _some_way(ways, rng):
    """A key of `ways`; two of three students are right."""
    right = rng.random() < 2 / 3
    fit = [
        key
        for key, answer in ways.items()
        if (answer.score == "full") == right and key not in NEVER_AT_RANDOM
    ]
    return rng.choice(fit)
