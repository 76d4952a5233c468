"""Grades a class with several workers; each result is saved as soon as it is known.

An interruption loses the submissions in progress and no others.
"""

import hashlib
import queue
import threading

from lossbook.grading.marking.grader import blank_result, digest, grade
from lossbook.grading.marking.proof_checker import ProofChecker
from lossbook.grading.safe_text import as_code
from lossbook.grading.sandbox.session import SandboxGone


def shard(submissions, part, parts):
    """The submissions for machine number `part` of `parts`; students are dealt out by name."""

    def part_of(student):
        return int(hashlib.sha256(student.encode(errors="replace")).hexdigest(), 16) % parts

    return [one for one in submissions if part_of(one.student) == part - 1]


def to_do(submissions, assignment, book):
    """The submissions that the gradebook does not have, with these tests and this secret."""
    chapter, tests, secret = assignment.chapter, assignment.test_version, assignment.secret.id

    def is_graded(one):
        return book.has(one.student, chapter, digest(one.path), tests, secret)

    return [one for one in submissions if not is_graded(one)]


def by_deaths(submissions, assignment, book):
    """(new, suspect, fatal): lists of submissions, by how often a grader ended at work on one.

    A suspect may be innocent, as others were in work at the same time: it is graded alone.
    """
    lists = [], [], []
    for one in submissions:
        deaths = book.deaths(one.student, assignment.chapter, digest(one.path))
        lists[min(deaths, 2)].append(one)
    return lists


def fatal_result(submission, assignment):
    """The blank Result of a submission that has ended the grader twice."""
    why = "The grader was ended twice while it graded this file, the second time with no other."
    why += " It is not graded again, except with `--regrade`."
    return blank_result(submission, assignment, why, sha256=digest(submission.path))


def grade_all(
    submissions,
    assignment,
    sandboxes,
    save,
    *,
    workers,
    on_saved=lambda result: None,
    begin=lambda submission: None,
):
    """Grade submissions with several workers in one sandbox; return how many were saved.

    submissions : list of Submission
    assignment : Assignment
    sandboxes : (Sandbox for submissions, Sandbox for derivations)
    save : callable, gets each Result as soon as it is known
    workers : int
    on_saved : callable, gets each Result after it was saved
    begin : callable, gets each Submission before it is graded

    Ctrl-C ends the submissions in progress and is raised again. Any other error while one
    submission is graded (a bug of ours) becomes a blank result that a person should look at.
    """
    waiting = queue.SimpleQueue()
    for submission in submissions:
        waiting.put(submission)
    batch = _Batch(assignment, sandboxes, save, on_saved, begin, waiting)
    threads = [threading.Thread(target=batch.work) for _ in range(max(1, workers))]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)  # a plain join would not let Ctrl-C through on Windows
    except KeyboardInterrupt:
        batch.stop()
        for thread in threads:
            thread.join()
        raise
    if batch.failure:
        raise batch.failure
    return batch.saved


class _Batch:
    """What the workers share."""

    def __init__(self, assignment, sandboxes, save, on_saved, begin, waiting):
        self.assignment, self.sandboxes, self.waiting = assignment, sandboxes, waiting
        self.save, self.on_saved, self.begin = save, on_saved, begin
        self.proof_checker = ProofChecker(sandboxes[1])
        self.saving = threading.Lock()
        self.saved, self.stopped, self.failure = 0, False, None

    def stop(self):
        """Start no further submission, and end those in progress."""
        self.stopped = True
        for sandbox in self.sandboxes:
            sandbox.close()

    def work(self):
        """Grade submissions until there are none left; the target of each thread."""
        while not self.stopped:
            try:
                submission = self.waiting.get_nowait()
            except queue.Empty:
                return
            try:
                self.begin(submission)
                result = self._grade(submission)
                if self.stopped:
                    return
                with self.saving:
                    self.save(result)
                    self.saved += 1
                    self.on_saved(result)
            except Exception as error:  # e.g. disk full: later results would be lost, too
                self.failure, self.stopped = error, True
                return

    def _grade(self, submission):
        sandbox = self.sandboxes[0]
        try:
            return grade(
                submission,
                self.assignment,
                sandbox,
                self.proof_checker,
                stopped=lambda: self.stopped,
            )
        except SandboxGone:
            return None
        except Exception as error:
            why = f"The grader itself failed: {type(error).__name__}: {as_code(str(error))}"
            return blank_result(submission, self.assignment, why, tier=sandbox.tier)
