"""A folder of submissions as a teacher gets it: who handed in what, and which file counts.

Flat folders, a folder for each student (as nbgrader collects them), and what Moodle and Canvas
pack are read; `layout` says how a name becomes a student.
"""

import os
import re
import stat
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from lossbook.grading.submissions import filenames, ownership, walk
from lossbook.grading.submissions.submission import Submission

_CHECKER = re.compile(rb"\bchecker\(\s{0,9}\\?[\"'](\d\d)\\?[\"']\s{0,9}\)")
_LOOK_INTO = 4_000_000  # bytes, for the chapter


class Refused(NamedTuple):
    """Something handed in of which nothing can be graded, and one sentence why."""

    student: str
    name: str
    why: str


class Found(NamedTuple):
    """submissions and refused, in the order of the students' names; ignored: the other files."""

    submissions: list
    refused: list
    ignored: list


def find(root, scratch, chapters, chapter=None):
    """Who handed in what, below `root`.

    Parameters
    ----------
    root : path
        A folder, a zip file, or a single notebook.
    scratch : path
        A folder of your own, into which zip files are unpacked.
    chapters : filenames.Chapters
        Those of the course.
    chapter : str, optional
        "02": of several files the one for this chapter counts, and a file for another chapter
        is refused. Left out: the chapter that most files are for comes first.

    Raises ValueError if there is no such `root`.
    """
    if not Path(root).exists():
        raise ValueError(f"root must be a folder or a file that exists, got {str(root)!r}")
    people, nobodys = ownership.people(walk.pieces(root, scratch), chapters)
    several = [person for person in people if len(_work(person)) > 1]
    preferred = chapter
    if several and not chapter:
        works = [claim.piece for person in people for claim in _work(person)]
        preferred = _most_common(chapter_of(one.path, chapters, one.parts[-1]) for one in works)
    found = Found([], [], [_shown(piece) for piece in nobodys])
    for person in people:
        if not _work(person):
            found.refused.extend(_nothing(person))
            continue
        chosen, why = _choice(_work(person), chapters, preferred)
        piece = chosen.piece
        other = chapter_of(piece.path, chapters, piece.parts[-1]) if chapter else None
        if other and other != chapter:
            why_not = f"It is for chapter {other}, not for chapter {chapter}."
            found.refused.append(Refused(person.name, _shown(piece), why_not))
            continue
        notes = (*person.notes, *why, *_troubles(person))
        found.submissions.append(Submission(person.name, piece.path, _shown(piece), notes))
        found.ignored.extend(_left_over(person, chosen, scratch))
    return found


def majority_chapter(submissions, chapters):
    """The chapter that most submissions are for, "02" for example, or None."""
    names = ((one.path, one.name.rpartition("/")[2]) for one in submissions)
    return _most_common(chapter_of(path, chapters, name) for path, name in names)


def chapter_of(path, chapters, name=None):
    """The chapter that a file is for, or None: from `checker("02")` in it, else from its name.

    name : the name under which it was handed in; default: that of `path`
    """
    try:
        head = contents(path, _LOOK_INTO, cut=True)
    except ValueError:
        head = b""
    called = _CHECKER.search(head.replace(b"\0", b""))  # the zeros are those of UTF-16
    if called and called[1].decode() in chapters.numbers:
        return called[1].decode()
    name = Path(path).name if name is None else name
    platform = filenames.from_platform(name)
    return chapters.of_name(platform.rest if platform and platform.rest else name)


def contents(path, most=walk.MOST_BYTES, cut=False):
    """The bytes of an ordinary file; with `cut` the first `most`, else all of at most `most`.

    Raises ValueError, with a sentence, where it is a link or no ordinary file, too long, or
    cannot be read. It never waits, as reading from a pipe would.
    """
    try:
        with open(path, "rb", opener=_opener) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ValueError("It is no ordinary file.")
            data = file.read(most if cut else most + 1)
    except OSError as error:
        raise ValueError(f"It cannot be read: {error.strerror or error}.") from None
    if len(data) > most:
        raise ValueError(f"It has more than {most // 1_000_000} MB.")
    return data


def _opener(path, flags):
    for extra in ("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY"):
        flags |= getattr(os, extra, 0)
    return os.open(path, flags)


# ------------------------------------------------------------------------- one person


def _work(person):
    return [claim for claim in person.claims if claim.piece.kind == "work"]


def _choice(claims, chapters, chapter):
    """The claim that counts, and a tuple of at most one sentence that says why this one."""
    if len(claims) == 1:
        return claims[0], ()
    order = sorted(claims, key=lambda claim: claim.piece.parts)
    ranks = {claim: _rank(claim, chapters, chapter) for claim in order}
    best, second = sorted(order, key=ranks.get, reverse=True)[:2]  # stable: names stay in order
    reasons = (
        f"it is for chapter {chapter}",
        "it is a notebook",
        "its number is the highest",
        "it is the latest",
    )
    pairs = zip(reasons, ranks[best], ranks[second], strict=True)
    reason = next((why for why, mine, other in pairs if mine != other), "its name comes first")
    return best, (f"{len(claims)} files were handed in; “{_shown(best.piece)}” counts: {reason}.",)


def _rank(claim, chapters, chapter):
    """What decides between the files of one person, the most important first."""
    piece = claim.piece
    this = chapter_of(piece.path, chapters, piece.parts[-1]) if chapter else None
    fits = 0 if this is None else 1 if this == chapter else -1
    numbers = (claim.named.copy, chapters.from_file(piece.parts[-1]).copy)
    return fits, ".ipynb" in piece.parts[-1].lower(), numbers, piece.mtime


def _troubles(person):
    return tuple(
        f"“{_shown(claim.piece)}” was not used: {claim.piece.why}"
        for claim in person.claims
        if claim.piece.kind == "trouble"
    )[:5]


def _nothing(person):
    """The Refused of somebody who handed in nothing that can be graded."""
    pieces = [claim.piece for claim in person.claims]
    for piece in pieces:
        if piece.kind == "trouble":
            return [Refused(person.name, _shown(piece), piece.why)]
    for piece in pieces:
        if piece.kind == "other":
            why = "It is no notebook and no .py file, and neither is anything else there."
            return [Refused(person.name, _shown(piece), why)]
    return [Refused(person.name, _shown(pieces[0]), "There is no file in it.")]


def _left_over(person, chosen, scratch):
    """Names of the files that do not count; what was unpacked of them is removed."""
    for claim in _work(person):
        piece = claim.piece
        if claim is not chosen:
            if Path(scratch) in piece.path.parents:
                piece.path.unlink()
            yield _shown(piece)


def _most_common(chapters):
    counted = Counter(one for one in chapters if one)
    return min(counted, key=lambda one: (-counted[one], one), default=None)


def _shown(piece):
    return "/".join(filenames.tidy(part) for part in piece.parts)
