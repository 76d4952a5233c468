"""The teacher's report: whom to look at, what to teach again, and the numbers of the class."""

from collections.abc import Iterator

from jinja2 import Environment

from lossbook.grading.reports.advice import common_mistakes, unsolved
from lossbook.grading.reports.environment import render
from lossbook.grading.reports.plots import hardest_tests, score_histogram
from lossbook.grading.reports.roster import by_name, parts
from lossbook.grading.reports.statistics import NAMED, ClassStatistics
from lossbook.grading.reports.student import STATES

_LOOK, _MISTAKES, _BASES = 60, 15, 10


def class_pages(
    statistics: ClassStatistics, chapter_title: str, environment: Environment | None = None
) -> Iterator[tuple[str, str]]:
    """File name and HTML of the pages on a class; index.html comes last.

    chapter_title : "Squared error and its relatives"; environment : from `load_templates`, optional
    """
    title = chapter_title
    if statistics.chapter:
        title = f"Exercises {statistics.chapter} · {chapter_title}"
    exercises = list(statistics.exercises.values())
    shared = {"title": title, "states": STATES, "exercises": exercises}
    name_pages = list(parts(statistics.students))
    for file, students in name_pages:
        yield file, render(environment, "names.html", students=students, **shared)
    scores = statistics.scores()
    most = max((student.most for student in statistics.students), default=0)
    graded = statistics.count("graded", "partly run")
    mistakes = [(e, mistake) for e in exercises for mistake in e.mistakes.values()]
    mistakes.sort(key=lambda pair: (-pair[1].many, pair[0].number))
    groups = _look_at(statistics.students)
    page = render(
        environment,
        "summary.html",
        **shared,
        statistics=statistics,
        graded=graded,
        look_at=[(group[:NAMED], len(group), reasons) for reasons, group in groups[:_LOOK]],
        look_at_more=sum(len(group) for _, group in groups[_LOOK:]),
        common_mistakes=common_mistakes(exercises),
        unsolved=unsolved(exercises),
        missing=[one for one in by_name(statistics.students) if one.status == "missing"],
        scores=scores,
        most=most,
        histogram=score_histogram(scores, most) if len(scores) > 1 else None,
        hardest=hardest_tests(exercises) if graded > 1 else None,
        mistakes=mistakes[:_MISTAKES],
        mistakes_more=len(mistakes) - _MISTAKES,
        students=by_name(statistics.students),
        name_pages=name_pages,
        basis=statistics.basis.most_common(_BASES),
    )
    yield "index.html", page


def _has_mark(student):
    return not student.open and student.score is not None


def _look_at(students):
    """(reasons, students) to look at: the same reasons once, no mark first, then rare ones."""
    groups = {}
    for student in students:
        if student.look_at:
            key = student.look_at, student.status == "blank"
            groups.setdefault(key, []).append(student)
    ordered = sorted(groups.items(), key=lambda group: (_has_mark(group[1][0]), len(group[1])))
    return [(reasons, group) for (reasons, _), group in ordered]
