"""The book of a class: one JSON file for each submission, and an index of them in SQLite.

The JSON files are the truth. Each is written in one step, so a run that is killed loses at most
what it was just grading; the index is mended from the files whenever the two differ.
"""

import os
import sqlite3
import unicodedata
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from lossbook.grading.gradebook import atomic
from lossbook.grading.gradebook.atomic import BookError, because
from lossbook.grading.gradebook.index import Index, is_damage
from lossbook.grading.gradebook.lock import Lock
from lossbook.grading.gradebook.record import result_in, text_of
from lossbook.grading.gradebook.record_names import record_name
from lossbook.grading.marking.result import Result

_INTACT = "What was kept before is intact; mend this and run the same command again."


class Book:
    """The results in a folder, which is made where it is missing.

    Several threads may keep results at once, and several processes may have the folder open.
    A Book is to be opened in the process that uses it, not before a fork.

    folder : path; it gets `results/`, `book.sqlite` and `book.lock`
    notes : sentences on files that were found damaged and set aside

    Raises BookError where the folder cannot be made or written.

    >>> import tempfile
    >>> from lossbook.grading.marking.result import Result
    >>> with tempfile.TemporaryDirectory() as folder, Book(folder) as book:
    ...     book.keep(Result("Ada", "ada.ipynb", "02", "f00d", "graded", 7.5, 10.0))
    ...     [(result.student, result.score) for result in book.results()]
    [('Ada', 7.5)]
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.notes = []
        self._records = self.folder / "results"
        with self._saying(f"cannot open the book in {self.folder}"), ExitStack() as undo:
            self._records.mkdir(parents=True, exist_ok=True)
            self._lock = undo.enter_context(closing(Lock(self.folder / "book.lock")))
            with self._lock.held():
                for left in self._records.glob(f".*{atomic.UNFINISHED}"):
                    left.unlink()  # nobody writes now: its writer was killed
                self._index = undo.enter_context(closing(Index(self.folder / "book.sqlite")))
                self._mend()
            undo.pop_all()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Let go of the files."""
        self._index.close()
        self._lock.close()

    def keep(self, result):
        """Keep a result, in place of an earlier one of the same student and chapter.

        Raises BookError where it cannot be written, for example because the disk is full.
        """
        if type(result) is not Result:  # an Adjusted one carries points that nobody earned
            kind = type(result).__name__
            raise TypeError(f"result must be a Result, as it was graded, not {kind}")
        record = record_name(result.student, result.chapter)
        text = text_of(result)
        with self._saying(f"cannot keep the result of {result.student!r}"), self._lock.held():
            atomic.replace(self._records / record, text)
            self._enter([record])

    def has(self, student, chapter, sha256, test_version, seed_id):
        """Whether this very file was graded with these very tests."""
        record = record_name(student, chapter)
        with self._saying("cannot look into the book"), self._lock.held():
            if self._using(lambda index: index.stamp(record)) != self._stamp(record):
                self._mend([record])
            grounds = self._using(lambda index: index.grounds(record))
        return grounds == (sha256, test_version, seed_id)

    def each(self, chapter=None):
        """Yield the Results, or those of one chapter, by student; one at a time in memory."""
        with self._saying("cannot look into the book"), self._lock.held():
            self._mend()
            records = self._using(lambda index: index.records(chapter))
        for record in records:
            with self._saying("cannot look into the book"), self._lock.held():
                result = self._read(record)
                if result is None:  # damaged, or taken away by somebody
                    self._enter([record])
            if result is not None:
                yield result

    def results(self, chapter=None):
        """The list of all Results, or those of one chapter, sorted by student."""
        return sorted(self.each(chapter), key=lambda result: (result.student, result.chapter))

    # ------------------------------------------------------------ files and index, locked

    def _listed(self):
        # Some disks of macOS hand names back with their accents as separate signs.
        names = [unicodedata.normalize("NFC", path.name) for path in self._records.glob("*.json")]
        return sorted(names)

    def _stamp(self, record):
        """What changes with every new version of a file; None where there is none."""
        try:
            status = os.stat(self._records / record)
        except FileNotFoundError:
            return None
        return f"{status.st_size}-{status.st_mtime_ns}-{status.st_ino}"

    def _read(self, record):
        """The Result in a file; None where it is damaged, and then it is set aside."""
        try:
            text = (self._records / record).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:
            return self._set_aside(record, "it is no UTF-8 text")
        try:
            result = result_in(text)
            own = record_name(result.student, result.chapter)
        except ValueError as error:
            return self._set_aside(record, str(error))
        if own != record:
            return self._set_aside(record, f"it holds what belongs into {own}")
        return result

    def _set_aside(self, record, why):
        path = self._records / record
        aside, k = path.with_name(f"{record}.damaged"), 1
        while aside.exists():
            aside, k = path.with_name(f"{record}.{k}.damaged"), k + 1
        os.rename(path, aside)
        self.notes.append(
            f"results/{record} is damaged ({why}); it is now {aside.name}, and its submission "
            "counts as not graded."
        )

    def _mend(self, records=None):
        """Bring the index to what the files say: all of them, or those named."""
        if records is None:
            there, known = self._listed(), self._using(Index.stamps)
            records = [name for name in there if known.get(name) != self._stamp(name)]
            records += sorted(known.keys() - set(there))
        if records:
            self._enter(records)

    def _enter(self, records):
        """Bring into the index what these files hold; take out what is not there any more."""

        def together(index):
            with index.change():
                for record in records:
                    stamp, result = self._stamp(record), self._read(record)
                    if result is None:
                        index.drop(record)
                    else:
                        index.put(record, stamp, result)

        self._using(together)

    def _using(self, do):
        """`do(index)`; an index that breaks under it is made anew from the files first."""
        try:
            return do(self._index)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
        self._index.begin_anew()
        self._mend()
        return do(self._index)

    @contextmanager
    def _saying(self, what):
        """Say what the system refused, instead of a traceback."""
        try:
            yield
        except OSError as error:
            raise BookError(f"{what}: {because(error)}. {_INTACT}") from None
        except sqlite3.Error as error:
            raise BookError(f"{what}: book.sqlite says {error}. {_INTACT}") from None
