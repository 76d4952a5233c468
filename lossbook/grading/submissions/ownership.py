"""How a folder of submissions is organised, and so which file belongs to whom.

On the path to a file, from the outside in, the first name that identifies a person decides; names
that the student gave below it do not matter. In this order:

1. a name that Moodle or Canvas gave to a file or a folder;
2. a folder or zip file, except for folders named after a chapter, and groups. The folders of a
   level are groups if none of them has a notebook in it, but folders of several people; a single
   folder is also a group if it has notebooks of several people in it;
3. a file.
"""

from typing import NamedTuple

from lossbook.grading.safe_text import as_code
from lossbook.grading.submissions import filenames


class Claim(NamedTuple):
    """A piece, and the name on its path that identifies the person.

    piece : walk.Piece
    groups : the groups that it is in
    part : the name of the file or folder that decides
    named : what this name tells
    chosen : whether a student may have chosen the name
    """

    piece: object
    groups: tuple
    part: str
    named: filenames.Named
    chosen: bool


class Person(NamedTuple):
    """A student: `name` is unique, `claims` are the pieces that were handed in."""

    name: str
    claims: list
    notes: tuple


def people(pieces, chapters):
    """The list of Person, sorted by name, and the pieces that belong to no one.

    chapters : filenames.Chapters
    """
    pieces = sorted(pieces, key=lambda piece: piece.parts)  # whatever the order of the disk
    grouping = groups(pieces, chapters)
    claims, unclaimed = {}, []
    for piece in pieces:
        claim = _claim(piece, grouping, chapters)
        if claim:
            claims.setdefault(_key(claim), []).append(claim)
        elif piece.kind != "folder":
            unclaimed.append(piece)
    found = []
    for same in claims.values():
        found += _people_of(same)
    return _with_unique_names(found), unclaimed


def _claim(piece, grouping, chapters):
    around, last = [], len(piece.parts) - 1
    for k, part in enumerate(piece.parts):
        is_folder = k < last or piece.kind == "folder"
        if named := filenames.from_platform(part):
            return Claim(piece, (), part, named, False)
        if piece.parts[: k + 1] in grouping:
            around.append(part)
        elif is_folder and not filenames.is_zip(part):
            if not chapters.is_exercise(part):
                name = filenames.Named(filenames.tidy(part))
                return Claim(piece, tuple(around), part, name, False)
        elif piece.kind != "other" or is_folder:
            return Claim(piece, tuple(around), part, chapters.from_file(part), True)
    return None


def _key(claim):
    """Equal for the pieces of one person."""
    name = claim.named.name
    # Names with unprintable characters may look alike and differ.
    unclear = claim.part if "\ufffd" in name else ""
    return claim.groups, name, claim.named.id, unclear


def _people_of(claims):
    """One Person, or one for each file where the name does not identify a person."""
    name, files = claims[0].named.name, [claim for claim in claims if claim.chosen]
    stems = {filenames.tidy(filenames.stem(claim.part)) for claim in files}
    if not files or claims[0].named.id:
        return [Person(name or "?", claims, _late(claims))]
    generic = not name or filenames.is_generic(name)
    # student (1), student (2), … without a plain student: numbered people, not copies.
    numbered = len(stems) > 1 and all(claim.named.copy for claim in claims)
    if not generic and not numbered:
        return [Person(name, claims, ())]
    notes = ("The name of the file does not say whose it is.",) if generic else ()
    found = [
        Person(stem, [c for c in files if filenames.tidy(filenames.stem(c.part)) == stem], notes)
        for stem in sorted(stems)
    ]
    folders = [claim for claim in claims if not claim.chosen]
    return found + ([Person(name, folders, ())] if folders else [])


def _late(claims):
    late = any(claim.named.late for claim in claims)
    return ("Canvas says that it came late.",) if late else ()


def _with_unique_names(people):
    """The same people with names that differ in more than upper and lower case."""
    alike = {}
    for person in sorted(people, key=_order):
        alike.setdefault(person.name.casefold(), []).append(person)
    found, taken = [], {name for name, same in alike.items() if len(same) == 1}
    for same in alike.values():
        for person in same:
            if len(same) > 1:
                person = _renamed(person, taken)
            found.append(person)
    return sorted(found, key=_order)


def _renamed(person, taken):
    first = person.claims[0]
    more = first.named.id or "/".join(filenames.tidy(part) for part in first.groups)
    name = f"{person.name} ({more})" if more else person.name
    count = 1
    while name.casefold() in taken:
        count += 1
        name = f"{person.name} ({more}, {count})" if more else f"{person.name} ({count})"
    taken.add(name.casefold())
    note = f"Another student is called {as_code(person.name)}, too; "
    note += f"this one is listed as {as_code(name)}."
    return person._replace(name=name, notes=(*person.notes, note))


def _order(person):
    return person.name.casefold(), person.name, person.claims[0].piece.parts


# ------------------------------------------------------------------------------- groups


def groups(pieces, chapters):
    """The folders, as tuples of names, that are a section or a course and not a person."""
    inside = {}  # folder → names of the folders and of the files in it
    for piece in pieces:
        if piece.kind in ("gradable", "unusable"):
            for k in range(1, len(piece.parts)):
                inside.setdefault(piece.parts[: k - 1], (set(), set()))[0].add(piece.parts[k - 1])
            inside.setdefault(piece.parts[:-1], (set(), set()))[1].add(piece.parts[-1])
    found, levels = set(), [()]
    while levels:
        level = levels.pop()
        folders, files = inside.get(level, ((), ()))
        if any(map(filenames.from_platform, (*folders, *files))):
            continue
        skipped = {n for n in folders if chapters.is_exercise(n) and not filenames.is_zip(n)}
        others = [(*level, name) for name in folders if name not in skipped]
        levels += [(*level, name) for name in skipped]
        alone = len(others) == 1
        if not files and all(_holds_people(*inside[one], alone, chapters) for one in others):
            found.update(others)
            levels += others
    return found


def _holds_people(folders, files, alone, chapters):
    """Whether a folder with these names in it is a group; `alone` if it is the only one."""
    if any(map(filenames.from_platform, (*folders, *files))):
        return True
    if any(map(chapters.is_exercise, (*folders, *files))):
        return False
    if files:
        # A student has one notebook, as a rule, and maybe scripts beside it.
        notebooks = [file for file in files if ".ipynb" in file.lower()]
        people = {chapters.from_file(file).name for file in notebooks or files}
        return alone and sum(not filenames.is_generic(name) for name in people) > 1
    return len(folders) > 1
