"""The results as tables of SQLite, for a teacher's questions.

    SELECT name, avg(earned / points) FROM answers WHERE state <> 'not run' GROUP BY name;
    SELECT mistake, count(*) FROM answers WHERE mistake <> '' GROUP BY mistake ORDER BY 2 DESC;
    SELECT student, look_at FROM results WHERE status <> 'graded';

It is an index and no more: what counts are the JSON files, and it can be made from them again.
"""

import contextlib
import json
import sqlite3

from lossbook.grading.gradebook.atomic import clear

VERSION = 1  # of the tables; one that is older or newer is made anew

_TABLES = """
CREATE TABLE results (
    record TEXT PRIMARY KEY,            -- the name of the JSON file
    stamp TEXT NOT NULL,                -- of that file, when it was read
    student TEXT, chapter TEXT, file TEXT, sha256 TEXT, status TEXT,
    score REAL, most REAL,              -- score is NULL where nothing could be graded
    notes TEXT, look_at TEXT, seed_id TEXT, test_version TEXT, versions TEXT, tier TEXT,
    seconds REAL, restarts INTEGER, memory INTEGER, "when" TEXT
);
CREATE TABLE answers (
    record TEXT REFERENCES results ON DELETE CASCADE, place INTEGER,
    student TEXT, chapter TEXT, name TEXT, title TEXT, kind TEXT,
    points REAL, earned REAL, state TEXT, head TEXT, mistake TEXT,
    PRIMARY KEY (record, place)
);
CREATE TABLE tests (
    record TEXT REFERENCES results ON DELETE CASCADE, answer INTEGER, place INTEGER,
    student TEXT, chapter TEXT, name TEXT, about TEXT,
    points REAL, earned REAL, visible INTEGER, words TEXT,
    PRIMARY KEY (record, answer, place)
);
"""


class Index:
    """The tables in the file `path`; damaged ones are thrown away and made anew, empty.

    Every method may raise sqlite3.Error. The caller sees to it that no two run at once.
    """

    def __init__(self, path):
        self._path = path
        self._base = _connection(path)
        try:
            self._look()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                self.close()
                raise
            self.begin_anew()

    def _look(self):
        # Readers do not wait then; some network disks cannot do it, and stay as they are.
        with contextlib.suppress(sqlite3.OperationalError):
            self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = NORMAL")  # what a power cut takes is made again
        self._base.execute("PRAGMA foreign_keys = ON")
        for check, right in (("user_version", VERSION), ("quick_check", "ok")):
            if self._base.execute(f"PRAGMA {check}").fetchone() != (right,):
                raise sqlite3.DatabaseError(f"{check} is not {right}")
        # A hand that changed the tables may have left answers without their result.
        if self._base.execute("PRAGMA foreign_key_check").fetchone():
            raise sqlite3.DatabaseError("answers or tests without a result")

    def begin_anew(self):
        """Throw the tables away and make empty ones."""
        self.close()
        for end in ("", "-wal", "-shm", "-journal"):
            self._path.with_name(self._path.name + end).unlink(missing_ok=True)
        self._base = _connection(self._path)
        self._base.executescript(f"BEGIN;{_TABLES}PRAGMA user_version = {VERSION};COMMIT;")
        self._look()

    @contextlib.contextmanager
    def change(self):
        """Everything done inside happens together or not at all."""
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._base.execute("COMMIT")
        except BaseException:
            if self._base.in_transaction:
                self._base.execute("ROLLBACK")
            raise

    def put(self, record, stamp, result):
        """Enter a result in place of what was there under that name; inside `change`."""
        self.drop(record)
        _insert(self._base, "results", _result_row(record, stamp, result))
        for k, answer in enumerate(result.answers):
            who = (record, k, result.student, result.chapter)
            _insert(self._base, "answers", _answer_row(who, answer))
            for j, test in enumerate(answer.tests):
                row = (record, k, j, *who[2:], answer.name, *_test_row(test))
                _insert(self._base, "tests", row)

    def drop(self, record):
        """Take out what is there under that name; inside `change`."""
        self._base.execute("DELETE FROM results WHERE record = ?", (record,))

    def stamps(self):
        """The stamp of each record, as it was when the record was entered."""
        return dict(self._base.execute("SELECT record, stamp FROM results"))

    def stamp(self, record):
        """The stamp of one record, None where it is not there."""
        found = self._base.execute("SELECT stamp FROM results WHERE record = ?", (record,))
        return (found.fetchone() or (None,))[0]

    def grounds(self, record):
        """(sha256, test_version, seed_id) of a record, None where it is not there."""
        asked = "SELECT sha256, test_version, seed_id FROM results WHERE record = ?"
        return self._base.execute(asked, (record,)).fetchone()

    def records(self, chapter=None):
        """The names of all records, or those of one chapter, by student."""
        asked = "SELECT record FROM results WHERE ? IN ('', chapter) ORDER BY student, chapter"
        return [name for (name,) in self._base.execute(asked, (chapter or "",))]

    def close(self):
        self._base.close()


def _connection(path):
    return sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)


def is_damage(error):
    """Whether an sqlite3.Error says that the file is broken, and not full, busy or closed."""
    return type(error) is sqlite3.DatabaseError or "malformed" in str(error)


def _insert(base, table, row):
    marks = ", ".join("?" * len(row))
    values = tuple(clear(value) if isinstance(value, str) else value for value in row)
    base.execute(f"INSERT INTO {table} VALUES ({marks})", values)


def _result_row(record, stamp, result):
    return (
        *(record, stamp, result.student, result.chapter, result.file, result.sha256),
        *(result.status, result.score, result.most),
        *("\n".join(result.notes), "\n".join(result.look_at)),
        *(result.seed_id, result.test_version, json.dumps(result.versions), result.tier),
        *(result.seconds, result.restarts, result.memory, result.when),
    )


def _answer_row(who, answer):
    return (
        *(*who, answer.name, answer.title, answer.kind),
        *(answer.points, answer.earned, answer.state, answer.head, answer.mistake),
    )


def _test_row(test):
    return (test.about, test.points, test.earned, test.visible, test.words)
