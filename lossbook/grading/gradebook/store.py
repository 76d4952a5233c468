"""The results of a class: one JSON file for each submission in a folder.

Each file is replaced in one step, so a run that is killed loses at most the result in progress.
"""

import contextlib
import json
import os
import unicodedata
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from lossbook._atomic import UNFINISHED, replace_file
from lossbook.grading.gradebook.errors import GradebookError, reason
from lossbook.grading.gradebook.record import from_json, record_name, to_json
from lossbook.grading.marking.result import Result


class Gradebook:
    """The results in a folder, which is created if it is missing.

    Threads and processes may share the folder: a file lock serialises them, and the system
    releases it when a process is killed.

    folder : path; it gets `results/`, `gradebook.lock` and, for submissions in work, `in_work/`
    lock_seconds : how long to wait for the lock
    notes : sentences on damaged files, which are renamed

    Raises GradebookError where the folder cannot be created or written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     book = Gradebook(folder)
    ...     book.save(Result("Ada", "ada.ipynb", "02", "f00d", "graded", 7.5, 10.0))
    ...     [(result.student, result.score) for result in book.results()]
    [('Ada', 7.5)]
    """

    def __init__(self, folder: str | os.PathLike, lock_seconds: float = 300.0):
        self.folder = Path(folder)
        self.notes = []
        self._in_work, self._begun = self.folder / "in_work", set()
        self._records = self.folder / "results"
        self._lock = FileLock(self.folder / "gradebook.lock", timeout=lock_seconds)
        problem = f"cannot open the gradebook in {self.folder}"
        try:
            self._records.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise GradebookError(f"{problem}: {reason(error)}") from None
        with self._locked(problem):
            for unfinished in self._records.glob(f".*{UNFINISHED}"):
                unfinished.unlink()  # its writer was killed: writers hold the lock

    def save(self, result: Result) -> None:
        """Save a result in place of an earlier one of the same student and chapter.

        A damaged file is renamed first, so that nothing in it is lost. Raises GradebookError where
        it cannot be written, for example because the disk is full.
        """
        if type(result) is not Result:  # an Adjusted result holds points that were not earned
            raise TypeError(f"result must be a Result as graded, not {type(result).__name__}")
        name, text = record_name(result.student, result.chapter), to_json(result)
        with self._locked(f"cannot save the result of {result.student!r}"):
            self._read(name)
            replace_file(self._records / name, text, durable=True)
            self._forget(name)

    def begin(self, student: str, chapter: str, sha256: str) -> None:
        """Note that a file is in work, until it is saved or `end_work` is called.

        A grader that is killed leaves the note. Raises GradebookError.
        """
        name = record_name(student, chapter)
        note = {"sha256": sha256, "times": 1 + self.deaths(student, chapter, sha256)}
        try:
            self._in_work.mkdir(exist_ok=True)
            replace_file(self._in_work / name, json.dumps(note))
        except OSError as error:
            problem = f"cannot note that {student!r} is in work"
            raise GradebookError(f"{problem}: {reason(error)}") from None
        self._begun.add(name)

    def deaths(self, student: str, chapter: str, sha256: str) -> int:
        """How often a grader has ended while it had this very file in work."""
        try:
            note = json.loads((self._in_work / record_name(student, chapter)).read_bytes())
            return int(note["times"]) if note["sha256"] == sha256 else 0
        except (OSError, ValueError, TypeError, KeyError):  # no note, or not one of ours
            return 0

    def end_work(self) -> None:
        """Remove the notes on what is in work: the grader has stopped without being killed."""
        for name in list(self._begun):
            self._forget(name)

    def _forget(self, name):
        with contextlib.suppress(OSError):
            (self._in_work / name).unlink(missing_ok=True)
        self._begun.discard(name)

    def has(self, student: str, chapter: str, sha256: str, test_version: str, seed_id: str) -> bool:
        """Whether this very file was graded with these very tests."""
        with self._locked("cannot read the gradebook"):
            result = self._read(record_name(student, chapter))
        basis = result and (result.sha256, result.test_version, result.seed_id)
        return basis == (sha256, test_version, seed_id)

    def results(self, chapter: str = "") -> list[Result]:
        """All results, or those of one chapter, sorted by student."""
        with self._locked("cannot read the gradebook"):
            # Some disks of macOS return names with their accents as separate characters.
            names = [
                unicodedata.normalize("NFC", path.name)
                for path in self._records.glob(f"*-{chapter}.json" if chapter else "*.json")
            ]
            found = [result for name in names if (result := self._read(name))]
        return sorted(found, key=lambda result: (result.student, result.chapter))

    @contextmanager
    def _locked(self, problem):
        """Hold the lock; turn what the system refuses into a GradebookError."""
        try:
            with self._lock.acquire(poll_interval=0.01):
                yield
        except Timeout:
            raise GradebookError(
                f"another program has held {self._lock.lock_file} for {self._lock.timeout:g} "
                "seconds; wait until it has ended, and run the same command again"
            ) from None
        except OSError as error:
            raise GradebookError(
                f"{problem}: {reason(error)}. Earlier results are intact; fix this and run the "
                "same command again."
            ) from None

    def _read(self, name):
        """The Result in a file, or None; a damaged file is renamed. The caller holds the lock."""
        try:
            result = from_json((self._records / name).read_bytes().decode("utf-8"))
            own_name = record_name(result.student, result.chapter)
            if own_name != name:
                raise ValueError(f"it holds the result for {own_name}")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:
            return self._set_aside(name, "it is not UTF-8 text")
        except ValueError as error:
            return self._set_aside(name, str(error))
        return result

    def _set_aside(self, name, why):
        path = self._records / name
        renamed, k = path.with_name(f"{name}.damaged"), 1
        while renamed.exists():
            renamed, k = path.with_name(f"{name}.{k}.damaged"), k + 1
        os.rename(path, renamed)
        self.notes.append(
            f"results/{name} is damaged ({why}); it is now {renamed.name}, and its submission "
            "counts as not graded."
        )
