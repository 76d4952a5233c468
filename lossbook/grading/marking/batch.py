"""A class at once: who is to be graded, by how many judges, and what is kept when it is stopped.

A result is kept as soon as there is one, so an interruption costs what was in flight and no more.
"""

import hashlib
import queue
import threading

from lossbook.grading.marking.grader import blank_result, digest, grade
from lossbook.grading.marking.proof_checker import Clerks
from lossbook.grading.marking.shared_lock import Turns
from lossbook.grading.sandbox.session import SandboxGone


def shard(submissions, part, parts):
    """The submissions of one of several machines: the students are dealt out by their names."""

    def dealt(student):
        return int(hashlib.sha256(student.encode(errors="replace")).hexdigest(), 16) % parts

    return [one for one in submissions if dealt(one.student) == part - 1]


def to_do(submissions, assignment, book):
    """The submissions that the book does not have, with these very tests and this secret."""
    return [
        one
        for one in submissions
        if not book.has(
            one.student,
            assignment.chapter,
            digest(one.path),
            assignment.test_version,
            assignment.secret.id,
        )
    ]


def grade_all(submissions, assignment, sandboxes, keep, *, workers, tick=lambda result: None):
    """Grade submissions with several judges in one sandbox; the number of those that were kept.

    Parameters
    ----------
    submissions : list with student, path, name and notes
    assignment : Assignment
    sandboxes : (Sandbox for submissions, Sandbox for derivations)
    keep : callable, gets each Result as soon as there is one
    workers : int
    tick : callable, gets each Result after it was kept

    Ctrl-C stops after at most the submissions in flight, and is raised again. Whatever else goes
    wrong with one submission (a mistake of ours) becomes a blank result on the look-at list.
    """
    waiting = queue.SimpleQueue()
    for one in submissions:
        waiting.put(one)
    work = _Work(assignment, sandboxes, keep, tick, waiting, Turns() if workers > 1 else None)
    threads = [threading.Thread(target=work.run) for _ in range(max(1, workers))]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)  # a plain join would not let Ctrl-C through on Windows
    except KeyboardInterrupt:
        work.stop()
        for thread in threads:
            thread.join()
        raise
    if work.failure:
        raise work.failure
    return work.done


class _Work:
    def __init__(self, assignment, sandboxes, keep, tick, waiting, turns):
        self.assignment, self.sandboxes = assignment, sandboxes
        self.waiting, self.turns = waiting, turns
        self.keep, self.tick = keep, tick
        self.clerks = Clerks(sandboxes[1])
        self.lock = threading.Lock()
        self.done, self.stopped, self.failure = 0, False, None

    def stop(self):
        """Take nothing new, and end what runs."""
        self.stopped = True
        for sandbox in self.sandboxes:
            sandbox.close()

    def run(self):
        while not self.stopped:
            try:
                submission = self.waiting.get_nowait()
            except queue.Empty:
                return
            result = self._grade(submission)
            if self.stopped:
                return
            with self.lock:
                try:
                    self.keep(result)
                except Exception as error:  # a full disk: whoever is to come would be lost, too
                    self.failure, self.stopped = error, True
                    return
                self.done += 1
                self.tick(result)

    def _grade(self, submission):
        try:
            sandbox, stopped = self.sandboxes[0], lambda: self.stopped
            return grade(submission, self.assignment, sandbox, self.clerks, stopped, self.turns)
        except SandboxGone:
            return None
        except Exception as error:
            why = f"The grader itself failed: {type(error).__name__}: {error}"
            return blank_result(submission, self.assignment, why, tier=self.sandboxes[0].tier)
