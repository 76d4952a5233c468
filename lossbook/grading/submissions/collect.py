"""A folder of submissions: one Submission for each student, and what could not be used.

Flat folders, a folder for each student (as nbgrader collects them), and the zip files of Moodle and
Canvas are read; `ownership` decides which file belongs to whom.
"""

import re
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from lossbook.grading.safe_text import as_code
from lossbook.grading.submissions import filenames, ownership, walk
from lossbook.grading.submissions.content import open_regular
from lossbook.grading.submissions.submission import Submission

_CHECKER = re.compile(rb"\bchecker\(\s{0,9}\\?[\"'](\w{1,20})\\?[\"']\s{0,9}\)")
_LOOK_INTO = 4_000_000  # bytes, for the chapter
_OLDEST = 400_000_000  # seconds since 1970: zip programs write 1980 where they know no time


class Refused(NamedTuple):
    """A Submission that cannot be graded, and one sentence why."""

    submission: Submission
    why: str

    @property
    def student(self):
        return self.submission.student


class Found(NamedTuple):
    """submissions and refused, sorted by student; ignored: the names of all other files."""

    submissions: list
    refused: list
    ignored: list


def find(root, scratch, chapters, chapter=None):
    """The Found in a folder of submissions.

    root : path
        A folder, a zip file, or a single notebook.
    scratch : path
        An empty folder into which zip files are unpacked.
    chapters : filenames.Chapters
        Those of the course.
    chapter : str, optional
        "02": of several files of a student the one for this chapter counts, and a file for
        another chapter is refused. By default, the chapter of most files is preferred.

    Raises ValueError if `root` does not exist.
    """
    if not Path(root).exists():
        raise ValueError(f"submissions must be a folder or a file that exists, got {str(root)!r}")
    people, unclaimed = ownership.people(walk.pieces(root, scratch), chapters)
    several = [person for person in people if len(_gradable(person)) > 1]
    preferred = chapter
    if several and not chapter:
        candidates = [claim.piece for person in people for claim in _gradable(person)]
        preferred = _most_common(
            chapter_of(one.path, chapters, one.parts[-1]) for one in candidates
        )
    found = Found([], [], [_full_name(piece) for piece in unclaimed])
    for person in people:
        if not _gradable(person):
            found.refused.append(_refused(person))
            continue
        chosen, why = _choice(_gradable(person), chapters, preferred)
        piece = chosen.piece
        other = chapter_of(piece.path, chapters, piece.parts[-1]) if chapter else None
        if other and other != chapter:
            why_not = f"It is for chapter {other}, not for chapter {chapter}."
            found.refused.append(Refused(_submission(person, chosen, None), why_not))
            continue
        notes = (*person.notes, *why, *_unusable(person))
        doubts = _doubts(person, why)
        found.submissions.append(_submission(person, chosen, piece.path, notes, doubts))
        found.ignored.extend(_ignored(person, chosen, scratch))
    return found


def majority_chapter(submissions, chapters):
    """The chapter that most submissions are for, "02" for example, or None."""
    names = ((one.path, one.name.rpartition("/")[2]) for one in submissions)
    return _most_common(chapter_of(path, chapters, name) for path, name in names)


def chapter_of(path, chapters, name=None):
    """The chapter of a file, or None: from `checker("02")` in it, else from its name.

    name : the name under which it was handed in; default: the name of `path`
    """
    try:
        head = contents(path, _LOOK_INTO, cut=True)
    except ValueError:
        head = b""
    called = _CHECKER.search(head.replace(b"\0", b""))  # the zeros are those of UTF-16
    number = called[1].decode() if called else ""
    if number in chapters.numbers or number[:1].isalpha():  # the latter is some teacher's own
        return number
    name = Path(path).name if name is None else name
    platform = filenames.from_platform(name)
    return chapters.of_name(platform.rest if platform and platform.rest else name)


def contents(path, most=walk.MOST_BYTES, cut=False):
    """The bytes of a regular file; with `cut` the first `most`, else all of at most `most`.

    Raises ValueError, with a sentence, if it is not a regular file, too long, or cannot be read.
    Never blocks, as reading from a pipe would.
    """
    try:
        with open_regular(path) as file:
            data = file.read(most if cut else most + 1)
    except OSError as error:
        raise ValueError(f"It cannot be read: {error.strerror or error}.") from None
    if len(data) > most:
        raise ValueError(f"It has more than {most // 1_000_000} MB.")
    return data


# ------------------------------------------------------------------------- one person


def _gradable(person):
    return [claim for claim in person.claims if claim.piece.kind == "gradable"]


def _choice(claims, chapters, chapter):
    """The claim that counts, and a tuple of at most one sentence that gives the reason."""
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
    return best, (
        f"{len(claims)} files were handed in; {as_code(_full_name(best.piece))} counts: {reason}.",
    )


def _doubts(person, why):
    """The sentences that ask whose file it is: anybody may give a file somebody's name.

    A platform's number is no doubt, nor are several files in a student's own folder.
    """
    claims = _gradable(person)
    if claims[0].named.id:
        return ()
    return (*person.notes, *(why if len({claim.part for claim in claims}) > 1 else ()))


def _rank(claim, chapters, chapter):
    """Sort key of the files of one person; the most important criterion comes first."""
    piece = claim.piece
    this = chapter_of(piece.path, chapters, piece.parts[-1]) if chapter else None
    fits = 0 if this is None else 1 if this == chapter else -1
    numbers = (claim.named.copy, chapters.from_file(piece.parts[-1]).copy)
    return fits, ".ipynb" in piece.parts[-1].lower(), numbers, piece.mtime


def _unusable(person):
    return tuple(
        f"{as_code(_full_name(claim.piece))} was not used: {claim.piece.why}"
        for claim in person.claims
        if claim.piece.kind == "unusable"
    )[:5]


def _refused(person):
    """The Refused of a person without a gradable file."""
    of_kind = {claim.piece.kind: claim for claim in reversed(person.claims)}
    claim = of_kind.get("unusable") or of_kind.get("other") or person.claims[0]
    why = {
        "unusable": claim.piece.why,
        "other": "It is no notebook and no .py file, and neither is anything else there.",
    }.get(claim.piece.kind, "There is no file in it.")
    return Refused(_submission(person, claim, None), why)


def _submission(person, claim, path, notes=(), look_at=()):
    named, piece = claim.named, claim.piece
    lms_name = claim.part if named.id else ""
    time = _handed_in(piece, own=not (named.id or claim.chosen))
    name = _full_name(piece)
    return Submission(person.name, path, name, notes, look_at, named.id, lms_name, *time)


def _handed_in(piece, own):
    """(ISO time, what tells it) of a Piece; `own`: it is in a student's folder, as of nbgrader."""
    stamp = piece.path and piece.path.with_name("timestamp.txt")
    if own and piece.arrived[1:] == ("file",) and stamp.is_file():
        with suppress(ValueError, OSError):
            time = datetime.fromisoformat(stamp.read_text().strip().replace(" UTC", "+00:00"))
            return time.isoformat(), "timestamp.txt of nbgrader"
    seconds, source = piece.arrived or (0, "")
    if seconds < _OLDEST:
        return "", ""
    time = datetime.fromtimestamp(int(seconds), UTC)
    if source == "zip":
        return time.replace(tzinfo=None).isoformat(), "the time in the zip file"
    return time.isoformat(), "the time of the file on this disk"


def _ignored(person, chosen, scratch):
    """Yield the names of the files that do not count; remove those that were unpacked."""
    for claim in _gradable(person):
        piece = claim.piece
        if claim is not chosen:
            if Path(scratch) in piece.path.parents:
                piece.path.unlink()
            yield _full_name(piece)


def _most_common(chapters):
    counted = Counter(one for one in chapters if one)
    return min(counted, key=lambda one: (-counted[one], one), default=None)


def _full_name(piece):
    return "/".join(filenames.tidy(part) for part in piece.parts)
