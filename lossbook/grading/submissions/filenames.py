"""What the names of files and folders tell: the person, the copy, the chapter.

Only names identify a person, and two people must never become one: a number that may be part of a
name is not removed.
"""

import re
import unicodedata
from typing import NamedTuple

from lossbook.grading.submissions.decoding import one_line

_GRADABLE = re.compile(r"(?:\.ipynb(?:\.txt|\.json|\.ipynb)?|\.py(?:\.txt)?)\Z", re.I)
_OTHER_ARCHIVE = re.compile(r"\.(?:7z|rar|tar|t?gz|t?bz2?|t?xz|zipx)\Z", re.I)

_MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_[a-z]+(?:_(?P<rest>.*))?", re.S)
_CANVAS = re.compile(
    r"(?P<name>anon_[^\W_]{5}|[^\W_]+)_(?P<late>LATE_)?(?P<id>\d{2,})_(?:LATE_)?\d{3,}_(?P<rest>.+)",
    re.S,
)

_COPY = r"copy|kopie|copie|copia|副本"
_BEFORE = re.compile(rf"(?:(?:{_COPY}) (?:of|von|de) |副本\s*)", re.I)
_BEHIND = re.compile(
    rf"\s*\((?P<number>\d{{1,4}})\)"
    rf"|[\s_-]+-?\s*(?:(?:{_COPY})\s?\d{{0,3}}|final|endfassung|最终版|终稿|v(?P<version>\d{{1,3}}))",
    re.I,
)
_GENERIC = re.compile(
    r"(?:hw|homework|assignments?|exercises?|notebook|untitled|solutions?|answers?|submission"
    r"|main|test|aufgaben?|blatt|abgabe|loesung|lösung|作业|练习)?[\s_-]*\d{0,3}",
    re.I,
)


class Named(NamedTuple):
    """What a file name tells about the person.

    name : of the person
    id : the number that a learning platform gave them, or ""
    copy : 2 for "ada (2).ipynb", else 0
    late : True where Canvas says so
    rest : the name of the file as the student had it
    """

    name: str
    id: str = ""
    copy: int = 0
    late: bool = False
    rest: str = ""


def is_gradable(name):
    """Whether a file name is that of a notebook or a script.

    >>> [is_gradable(name) for name in ("a.ipynb", "a.ipynb.txt", "a.PY", "a.pdf")]
    [True, True, True, False]
    """
    return _GRADABLE.search(name) is not None


def is_zip(name):
    """Whether a file name is that of a zip archive."""
    return name.lower().endswith(".zip")


def is_other_archive(name):
    """Whether a file name is that of an archive that is not opened."""
    return _OTHER_ARCHIVE.search(name) is not None


def is_hidden(name):
    """Whether programs leave a file of this name behind, and no student hands it in."""
    return name.startswith(".") or name in ("__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini")


def stem(name):
    """A file name without its ending.

    >>> stem("ada.lovelace.ipynb.txt")
    'ada.lovelace'
    """
    for ending in (_GRADABLE, _OTHER_ARCHIVE):
        name = ending.sub("", name)
    return name[:-4] if is_zip(name) else name


def from_platform(name):
    """The Named of a file or folder that Moodle or Canvas has named, or None.

    >>> from_platform("Ada Lovelace_123456_assignsubmission_file_")
    Named(name='Ada Lovelace', id='123456', copy=0, late=False, rest='')
    >>> from_platform("lovelaceada_LATE_12345_67890_02_squared_error-1.ipynb")
    Named(name='lovelaceada', id='12345', copy=1, late=True, rest='02_squared_error.ipynb')
    """
    if moodle := _MOODLE.fullmatch(name):
        return Named(tidy(moodle["name"]), moodle["id"], rest=moodle["rest"] or "")
    if canvas := _CANVAS.fullmatch(name):
        rest, copy = canvas["rest"], 0
        # Canvas numbers the files that were handed in again.
        if again := re.search(r"-(\d{1,3})(?=\.[^.]*\Z)", rest):
            rest, copy = rest[: again.start()] + rest[again.end() :], int(again[1])
        late = "_LATE_" in name[: canvas.start("rest")]
        return Named(tidy(canvas["name"]), canvas["id"], copy, late, rest)
    return None


def _last_match(pattern, text):
    """The match of a pattern at the end of the text, at most 40 characters long, or None."""
    for start in range(max(0, len(text) - 40), len(text)):
        if match := pattern.fullmatch(text, start):
            return match
    return None


def is_generic(name):
    """Whether a name, such as "homework 2", does not identify a person.

    >>> is_generic("homework 2"), is_generic("7"), is_generic("20231234")  # a student's number
    (True, True, False)
    """
    return _GENERIC.fullmatch(name) is not None


class Chapters:
    """Reads file names that may hold the name of a chapter.

    names : dict of number → name, {"02": "squared_error"}
    """

    def __init__(self, names):
        self.numbers = tuple(names)
        # As students write it: 02_squared_error_exercises, squared-error, SquaredError.
        self._spelled = {
            n: name.replace("_", r"[\s_-]?") + r"(?:[\s_-]?(?:exercises|solutions))?"
            for n, name in names.items()
        }
        full = "|".join(rf"(?:{n}[\s_-]*)?{name}" for n, name in self._spelled.items())
        self._first = re.compile(rf"(?:{full})(?:[\s_-]+|\Z)", re.I)
        self._last = re.compile(rf"(?:^|[\s_-]+)(?:{full})\Z", re.I)
        self._number_first = re.compile(rf"({'|'.join(names)})(?!\d)")

    def from_file(self, name):
        """The Named of a file whose name a student chose.

        Left out are what programs add to a copy, words like "final", and the full name of a
        chapter. A number at the end stays: in student_01, student_02, … it is the name.

        >>> Chapters({"02": "squared_error"}).from_file("02_squared_error_exercises_ada (2).ipynb")
        Named(name='ada', id='', copy=2, late=False, rest='')

        What is left may be nothing: then the name is "".
        """
        left, copy = tidy(stem(name)), 0
        while True:
            before, behind = _BEFORE.match(left), _last_match(_BEHIND, left)
            if behind:
                number = int(behind["number"] or behind["version"] or 0)
                left, copy = left[: behind.start()], max(copy, number)
            elif before:
                left = left[before.end() :]
            else:
                break
        left = self._last.sub("", self._first.sub("", left, count=1), count=1)
        return Named(left.strip(" _-"), copy=copy)

    def is_exercise(self, name):
        """Whether a file or folder is named after a chapter and nothing else.

        >>> chapters = Chapters({"02": "squared_error"})
        >>> chapters.is_exercise("02_squared_error_exercises (1).ipynb")
        True
        >>> chapters.is_exercise("02_squared_error_exercises_ada.ipynb")
        False
        """
        return not self.from_file(name).name and bool(tidy(stem(name)))

    def of_name(self, name):
        """The number of the chapter that a file name begins with or names in full, or None.

        >>> chapters = Chapters({"02": "squared_error", "06": "hinge"})
        >>> [chapters.of_name(name) for name in ("02_ada.ipynb", "ada_hinge.ipynb", "ada.ipynb")]
        ['02', '06', None]
        """
        left = tidy(stem(name))
        if number := self._number_first.match(left):
            return number[1]
        # The longest name first: ada_softmax_cross_entropy is not for the chapter on entropy.
        for number, name in sorted(self._spelled.items(), key=lambda one: -len(one[1])):
            if re.search(rf"(?:^|[\s_-]){name}(?:$|[\s_-])", left, re.I):
                return number
        return None


def folder_names(names):
    """A folder's name for each person's name, which keeps the letters of any language.

    >>> folder_names(["Ada Lovelace", "ada lovelace", "A/B: 1", "..", "王伟"])
    ['Ada Lovelace', 'ada lovelace (2)', 'A_B_ 1', '_', '王伟']
    """
    found, taken = [], set()
    for name in names:
        plain = re.sub(r"[^\w ().'-]", "_", tidy(name)[:100]).strip(" .") or "_"
        unique, count = plain, 1
        while unique.casefold() in taken:
            count += 1
            unique = f"{plain} ({count})"
        taken.add(unique.casefold())
        found.append(unique)
    return found


def tidy(name):
    """A name in one spelling, for comparing and printing: macOS stores é as two characters."""
    return unicodedata.normalize("NFC", one_line(name, 255)).strip()
