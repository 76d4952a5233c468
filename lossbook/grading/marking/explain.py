"""Everything about one submission, for a dispute: every call that failed, also on secret cases.

For the teacher only: what stands here would tell a student what the hidden cases are.
"""

from lossbook.checking.compare import judge
from lossbook.checking.report import lines_on
from lossbook.grading.marking.grader import grade
from lossbook.grading.marking.proof_checker import Clerks
from lossbook.grading.marking.submission_session import Sitting


def explain(submission, assignment, sandbox, clerk, test=None):
    """Lines of text on a submission.

    test : the name of an exercise, or of one test ("huge residuals"); None takes all
    """
    result = grade(submission, assignment, sandbox, Clerks(clerk))
    score = "not graded" if result.score is None else f"{result.score:g} of {result.most:g} points"
    lines = [f"{result.student} · {result.file} · chapter {result.chapter}: {score}"]
    lines += [f"  {note}" for note in (*result.notes, *result.look_at)]
    answers = [answer for answer in result.answers if _wanted(answer, test)]
    if test and not answers:
        names = ", ".join(answer.name for answer in result.answers)
        lines.append(f"  there is no exercise and no test {test!r}; the exercises are {names}")
    if answers:
        with (
            open(submission.path, "rb") as file,
            Sitting(sandbox, file, submission.name, assignment.limits) as sitting,
        ):
            sitting.read()
            for answer in answers:
                lines += ["", *_on_answer(answer, assignment, sitting, test)]
    grounds = f"seed {result.seed_id}, tests {result.test_version}, isolation {result.tier}"
    return [*lines, "", f"sha256 {result.sha256}", grounds]


def _wanted(answer, test):
    return test in (None, answer.name) or any(one.about == test for one in answer.tests)


def _on_answer(answer, assignment, sitting, test):
    yield f"{answer.name}: {answer.earned:g} of {answer.points:g} points. {answer.head}"
    for said in answer.says:
        yield f"  {said}"
    for one in answer.tests:
        if test in (None, answer.name, one.about):
            mark = "✗" if one.words and not one.words.startswith("right") else "✓"
            kind = "visible" if one.visible else "hidden"
            yield f"  {mark} {one.about} ({kind}): {one.earned:g} of {one.points:g}. {one.words}"
    if answer.name in assignment.graded:
        yield from _on_calls(answer, assignment, sitting, test)


def _on_calls(answer, assignment, sitting, test):
    """Each case that is not right, with what it gave and what was expected."""
    graded = assignment.graded[answer.name]
    for plan in graded.plans:
        if test not in (None, answer.name, plan.about):
            continue
        draws = [graded.public] if plan.visible else graded.secret
        for draw, number in plan.where:
            drawn = draws[draw]
            where = "seen by everybody" if plan.visible else f"secret, seed {drawn.seed}"
            case, expected = drawn.cases[number], drawn.expected[number]
            seconds = assignment.limits.seconds_for(drawn.exercise)
            given = sitting.call(answer.name, case.args, case.kwargs, seconds)
            if finding := judge(drawn.exercise, case, expected, given):
                yield f"  {where}:"
                for line in lines_on(drawn.exercise, case, expected, given, finding):
                    yield f"      {line}"
