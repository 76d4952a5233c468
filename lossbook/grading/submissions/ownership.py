"""How a folder of submissions is arranged, and so: which file is whose.

From the outside in, the first name on the way to a file that stands for a person decides; what
a student named below it does not matter. These names are:

1. one that Moodle or Canvas gave to a file or a folder;
2. a folder, or a zip file. Passed over are folders named after an exercise, and groups: all
   folders of a level, if there is no notebook in any of them, but folders of several people
   (one folder that holds all the rest is a group, too, if notebooks of several people lie in it);
3. a file.
"""

from typing import NamedTuple

from lossbook.grading.submissions import filenames


class Claim(NamedTuple):
    """A piece, and the name on the way to it that says whose it is.

    where : the groups that it lies in
    part : the file or folder that was named
    named : what this name says
    chosen : whether a student may have chosen the name
    """

    piece: object
    where: tuple
    part: str
    named: filenames.Named
    chosen: bool


class Person(NamedTuple):
    """Who handed something in: `name` is unique, `claims` are what they handed in."""

    name: str
    claims: list
    notes: tuple


def people(pieces, chapters):
    """The list of Person, sorted by name, and the pieces that belong to no one.

    chapters : filenames.Chapters
    """
    pieces = list(pieces)
    passed = groups(pieces, chapters)
    claims, nobodys = {}, []
    for piece in pieces:
        claim = _claim(piece, passed, chapters)
        if claim:
            claims.setdefault(_key(claim), []).append(claim)
        elif piece.kind != "folder":
            nobodys.append(piece)
    found = []
    for of_one in claims.values():
        found += _people_of(of_one)
    return _told_apart(found), nobodys


def _claim(piece, passed, chapters):
    where, last = [], len(piece.parts) - 1
    for k, part in enumerate(piece.parts):
        is_folder = k < last or piece.kind == "folder"
        if named := filenames.from_platform(part):
            return Claim(piece, (), part, named, False)
        if piece.parts[: k + 1] in passed:
            where.append(part)
        elif is_folder and not filenames.is_zip(part):
            if not chapters.is_exercise(part):
                name = filenames.Named(filenames.tidy(part))
                return Claim(piece, tuple(where), part, name, False)
        elif piece.kind != "other" or is_folder:
            return Claim(piece, tuple(where), part, chapters.from_file(part), True)
    return None


def _key(claim):
    """Equal for what one person handed in."""
    name = claim.named.name
    # Names that cannot be shown look alike, and are not.
    unclear = claim.part if "\ufffd" in name else ""
    return claim.where, name, claim.named.id, unclear


def _people_of(claims):
    """One Person, or several where a name is too weak to bring their files together."""
    name, files = claims[0].named.name, [claim for claim in claims if claim.chosen]
    stems = {filenames.tidy(filenames.stem(claim.part)) for claim in files}
    if not files or claims[0].named.id:
        return [Person(name or "?", claims, _late(claims))]
    nobody = not name or filenames.is_nobody(name)
    # student (1), student (2), … without a plain student: they were numbered, not copied.
    numbered = len(stems) > 1 and all(claim.named.copy for claim in claims)
    if not nobody and not numbered:
        return [Person(name, claims, ())]
    notes = ("The name of the file does not say whose it is.",) if nobody else ()
    found = [
        Person(stem, [c for c in files if filenames.tidy(filenames.stem(c.part)) == stem], notes)
        for stem in sorted(stems)
    ]
    folders = [claim for claim in claims if not claim.chosen]
    return found + ([Person(name, folders, ())] if folders else [])


def _late(claims):
    late = any(claim.named.late for claim in claims)
    return ("Canvas says that it came late.",) if late else ()


def _told_apart(people):
    """The same people, with names that differ, also where capitals do not count."""
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
    more = first.named.id or "/".join(filenames.tidy(part) for part in first.where)
    name = f"{person.name} ({more})" if more else person.name
    count = 1
    while name.casefold() in taken:
        count += 1
        name = f"{person.name} ({more}, {count})" if more else f"{person.name} ({count})"
    taken.add(name.casefold())
    note = f"Somebody else is called {person.name}, too; this one is listed as {name}."
    return person._replace(name=name, notes=(*person.notes, note))


def _order(person):
    return person.name.casefold(), person.name, person.claims[0].piece.parts


# ------------------------------------------------------------------------------- groups


def groups(pieces, chapters):
    """The folders, as tuples of their names, that stand for a section or a course, not a person."""
    inside = {}  # folder → names of the folders and of the files in it
    for piece in pieces:
        if piece.kind in ("work", "trouble"):
            for k in range(1, len(piece.parts)):
                inside.setdefault(piece.parts[: k - 1], (set(), set()))[0].add(piece.parts[k - 1])
            inside.setdefault(piece.parts[:-1], (set(), set()))[1].add(piece.parts[-1])
    found, levels = set(), [()]
    while levels:
        level = levels.pop()
        folders, files = inside.get(level, ((), ()))
        if any(map(filenames.from_platform, (*folders, *files))):
            continue
        passed = {n for n in folders if chapters.is_exercise(n) and not filenames.is_zip(n)}
        others = [(*level, name) for name in folders if name not in passed]
        levels += [(*level, name) for name in passed]
        alone = len(others) == 1
        if not files and all(_holds_people(*inside[one], alone, chapters) for one in others):
            found.update(others)
            levels += others
    return found


def _holds_people(folders, files, alone, chapters):
    """Whether a folder with these names in it is a group."""
    if any(map(filenames.from_platform, (*folders, *files))):
        return True
    if any(map(chapters.is_exercise, (*folders, *files))):
        return False
    if files:
        # A student has one notebook, as a rule, and maybe scripts beside it.
        notebooks = [file for file in files if ".ipynb" in file.lower()]
        people = {chapters.from_file(file).name for file in notebooks or files}
        return alone and sum(not filenames.is_nobody(name) for name in people) > 1
    return len(folders) > 1
