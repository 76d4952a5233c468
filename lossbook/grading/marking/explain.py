"""Everything about one submission, for a dispute: every failing call.

With the hidden cases it is for the teacher only; `for_student` leaves them and the seed out.
"""

from lossbook.checking.compare import compare
from lossbook.checking.report import lines_on
from lossbook.grading.marking.grader import grade
from lossbook.grading.marking.lender import Lender
from lossbook.grading.marking.proof_checker import ProofChecker
from lossbook.grading.marking.submission_session import SubmissionSession


def explain(submission, assignment, sandboxes, test=None, for_student=False):
    """Lines of text on a submission.

    sandboxes : (Sandbox for submissions, Sandbox for derivations)
    test : the name of an exercise, or of one test ("huge residuals"); None takes all
    for_student : whether to leave out what the other students must not learn
    """
    sandbox, proofs = sandboxes
    result = grade(submission, assignment, sandbox, ProofChecker(proofs))
    score = "not graded" if result.score is None else f"{result.score:g} of {result.most:g} points"
    lines = [f"{result.student} · {result.file} · chapter {result.chapter}: {score}"]
    lines += [f"  {note}" for note in result.notes]
    if not for_student:
        lines.insert(0, "For you only: it shows hidden cases (--for-student leaves them out).")
        lines += [f"  {reason}" for reason in result.look_at]
    answers = [answer for answer in result.answers if _is_wanted(answer, test)]
    if test and not answers:
        names = ", ".join(answer.name for answer in result.answers)
        lines.append(f"  there is no exercise and no test {test!r}; the exercises are {names}")
    if answers:
        with (
            open(submission.path, "rb") as file,
            SubmissionSession(
                sandbox,
                file,
                submission.name,
                assignment.limits,
                Lender(assignment, proofs),
                assignment.released,
            ) as session,
        ):
            session.read()
            for answer in answers:
                lines += ["", *_on_answer(answer, assignment, session, test, for_student)]
    basis = f"seed {result.seed_id}, tests {result.test_version}, isolation {result.tier}"
    return [*lines, "", f"sha256 {result.sha256}", *([] if for_student else [basis])]


def _is_wanted(answer, test):
    return test in (None, answer.name) or any(one.about == test for one in answer.tests)


def _on_answer(answer, assignment, session, test, for_student):
    yield f"{answer.name}: {answer.earned:g} of {answer.points:g} points. {answer.summary}"
    for sentence in answer.feedback:
        yield f"  {sentence}"
    for one in answer.tests:
        if test in (None, answer.name, one.about):
            mark = "✗" if one.message and not one.message.startswith("right") else "✓"
            kind = "visible" if one.visible else "hidden"
            earned = f"{one.earned:g} of {one.points:g}"
            yield f"  {mark} {one.about} ({kind}): {earned}. {one.message}"
    if answer.name in assignment.functions:
        yield from _on_calls(answer, assignment, session, test, for_student)


def _on_calls(answer, assignment, session, test, for_student):
    """Each case that is not right: the call, what it returned and what was expected."""
    graded = assignment.functions[answer.name]
    for plan in graded.plans:
        if test not in (None, answer.name, plan.about) or (for_student and not plan.visible):
            continue
        case_set = graded.public if plan.visible else graded.secret
        kind = "visible to students" if plan.visible else f"secret, seed {case_set.seed}"
        for number in plan.cases:
            case, expected = case_set.cases[number], case_set.expected[number]
            seconds = assignment.limits.seconds_for(case_set.exercise)
            given = session.call(answer.name, case.args, case.kwargs, seconds)
            if finding := compare(case_set.exercise, case, expected, given):
                yield f"  {kind}:"
                for line in lines_on(case_set.exercise, case, expected, given, finding):
                    yield f"      {line}"
