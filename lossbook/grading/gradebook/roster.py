"""The roster of a class: who has handed in nothing, and which submission is of no one on it.

A table with the names of the students, as a spreadsheet, the grading worksheet of Moodle or the
gradebook export of Canvas has it. A name is matched first, then a number of the platform.
"""

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from lossbook.grading.gradebook.csv_reader import read_rows
from lossbook.grading.marking.result import Result
from lossbook.grading.marking.secret import Secret
from lossbook.grading.submissions.filenames import from_platform

_NAMES = ("name", "student", "full name", "student name")
_FIRST, _LAST = ("first name", "given name"), ("last name", "surname", "family name")
_IDS = re.compile(r"\b(?:id|identifier|number|login|mail|e-?mail|user|username)\b")


class Entry(NamedTuple):
    """A student on the roster.

    name : "Ada Lovelace"
    ids : numbers and addresses that a file or folder may be named after
    moodle, canvas : the number on the platform, or ""
    """

    name: str
    ids: tuple = ()
    moodle: str = ""
    canvas: str = ""


def read_roster(path: str | os.PathLike) -> list[Entry]:
    """The Entries of a table. Raises ValueError if it has no column of names or numbers."""
    entries = [_entry(row) for _, row in read_rows(path)]
    entries = [one for one in entries if one.name and one.name.lower() != "points possible"]
    if not entries:
        raise ValueError(
            f"{path}: the first line must name a column name (or first name and last name) or id, "
            "and a student must be in each of the others"
        )
    return list(dict.fromkeys(entries))


def _entry(row):
    def first(columns):
        return next((row[one] for one in columns if row.get(one)), "")

    ids = tuple(text for title, text in row.items() if text and _IDS.search(title))
    name = first(_NAMES) or f"{first(_FIRST)} {first(_LAST)}".strip() or next(iter(ids), "")
    moodle = re.sub(r"\D", "", row.get("identifier", ""))
    return Entry(name, ids, moodle, row.get("id", "") if "section" in row else "")


def tags(roster: Sequence[Entry], secret: Secret, chapter: str) -> dict[str, Entry]:
    """Tag → Entry: the tags of the numbers that are drawn for each student of a chapter.

    Students of one name are told apart by their place on the roster.
    """
    found, before = {}, Counter()
    for entry in roster:
        name = "".join(sorted(_keys(entry.name)))
        found[secret.tag(chapter, name, before[name])] = entry
        before[name] += 1
    return found


class Matched(NamedTuple):
    """results : with those that are missing and with doubts; entries : student → Entry."""

    results: list
    entries: dict


def match(results: Sequence[Result], roster: Sequence[Entry], chapter: str, most: float) -> Matched:
    """Find the student of each Result on the roster; add a Result for each that is missing.

    chapter, most : of the results: "02", and its points
    """
    known = {}
    for entry in roster:
        for key in _keys_of_entry(entry):
            known.setdefault(key, []).append(entry)
    found = {one.student: _find(one, known) for one in results}
    students = {}
    for student, entry in found.items():
        students.setdefault(entry, []).append(student)

    def doubt(one):
        entry = found[one.student]
        if entry is None:
            yield "Neither its name nor its number is on the roster."
        elif len(students[entry]) > 1:
            yield f"Several submissions are of {entry.name!r} on the roster."
        if entry and one.numbers and one.numbers != entry.name:
            yield "It has the numbers that were drawn for another student."
        elif own_numbers and not one.numbers and one.status != "blank":
            yield "It does not say for whom its numbers were drawn."

    own_numbers = any(one.numbers for one in results)
    checked = [replace(one, look_at=(*one.look_at, *doubt(one))) for one in results]
    taken = {one.student for one in results}
    entries = {student: entry for student, entry in found.items() if entry}
    for entry in roster:
        if entry not in students:
            name, count = entry.name, 1
            while name in taken:
                count += 1
                name = f"{entry.name} ({count})"
            taken.add(name)
            number = entry.moodle or entry.canvas
            checked.append(Result(name, "", chapter, "", "missing", None, most, lms_id=number))
            entries[name] = entry
    return Matched(checked, entries)


def _keys_of_entry(entry):
    keys = {*_keys(entry.name), *map(_plain, entry.ids)}
    return keys | {("moodle", entry.moodle), ("canvas", entry.canvas)}


def _find(result, known):
    """The only Entry with a name or number of a Result, or None."""
    platform = from_platform(result.lms_name)
    keys = [*_keys(platform.name if platform else result.student), _plain(result.student)]
    for key in [*keys, (result.lms, result.lms_id)]:
        if len(entries := known.get(key, ())) == 1:
            return entries[0]
    return None


def _keys(name):
    """A name without blanks and signs, with the last word at the end and in front."""
    words = [_plain(word) for word in re.split(r"[\s,._-]+", name)]
    return ["".join(words), "".join((*words[-1:], *words[:-1]))]


def _plain(text):
    """A name as Canvas writes it: small letters and digits, without accents."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in apart if char.isalnum())
