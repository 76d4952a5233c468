"""Reads the code cells of a file that was handed in as a notebook; executes nothing.

This runs inside the sandbox, on untrusted bytes: any bytes give a Reading, or raise Unreadable
with one sentence.
"""

import json
import re
from collections import Counter

from lossbook.grading.submissions import script
from lossbook.grading.submissions.content import Cell, Reading, Unreadable
from lossbook.grading.submissions.decoding import decoded, one_line

MOST_CELLS = 2_000
MOST_SOURCE = 3_000_000  # characters, in all cells together

_MERGE = re.compile(r"^<{7}(?: .*)?$", re.M), re.compile(r"^>{7}(?: .*)?$", re.M)
# A comma before a closing bracket. Strings are matched as a whole, so that their content stays;
# possessive quantifiers keep the time linear, also where a string does not end.
_COMMA_TOO_MANY = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|(,)(?=\s*+[\]}])', re.S)
_SURROGATES_AND_NUL = re.compile("[\0\ud800-\udfff]")


def read(data, name):
    """The Reading of a file: its code cells and sentences for the teacher.

    data : bytes
    name : str
        Its file name; a name that ends in .py means a script.

    Raises Unreadable where nothing in it can be graded.

    >>> cell = {"cell_type": "code", "id": "a", "source": ["x = 1\\n", "y = 2"]}
    >>> read(json.dumps({"cells": [cell]}).encode(), "ada.ipynb").cells
    [Cell(source='x = 1\\ny = 2', name='a')]
    """
    try:
        return _read(data, name)
    except RecursionError:
        raise Unreadable("It is nested too deeply to be a notebook.") from None
    except MemoryError:
        raise Unreadable("It needs more memory than a submission may take.") from None


def _read(data, name):
    text, notes = decoded(data)
    text = text.lstrip("\ufeff")  # a second byte order mark
    if name.lower().endswith((".py", ".py.txt")):
        found = _script(text, notes)
    elif text.lstrip()[:1] in ("{", "["):
        found = _notebook(_json(text, notes), notes)
    elif script.looks_like_code(text):
        notes.append("It is a Python script under the name of a notebook.")
        found = _script(text, notes)
    else:
        raise Unreadable(f"It is no notebook: it begins with {_as_code(text.strip(), 30)}.")
    cells = _clean(_within_limits(found, notes), notes)
    if not cells:
        raise Unreadable("It has no code cell.")
    return Reading(cells, notes, whole=len(cells) == len(found))


def _script(text, notes):
    """The cells of a .py file; some of these are notebooks under another name."""
    if text.lstrip().startswith("{") and '"cell' in text:
        try:
            found = _notebook(_json(text, kept := []), kept)
        except Unreadable:
            pass
        else:
            notes += ["It is a notebook under the name of a script.", *kept]
            return found
    if all(mark.search(text) for mark in _MERGE):
        notes.append("It holds the marks of a git merge that was not finished (<<<<<<<).")
    if len(text) > MOST_SOURCE:
        notes.append(f"It has more than {MOST_SOURCE:,} characters; the rest was left out.")
        text = text[:MOST_SOURCE]
    return script.cells(text.replace("\r\n", "\n").replace("\r", "\n"))


# --------------------------------------------------------------------------------- JSON


def _json(text, notes):
    """The value of the JSON text; small errors are repaired, with a note."""
    try:
        value, rest = _first_value(text)
    except json.JSONDecodeError as error:
        if all(mark.search(text) for mark in _MERGE):
            raise Unreadable(
                "It holds the marks of a git merge that was not finished (<<<<<<<)."
            ) from None
        if _at_the_end(error):
            raise Unreadable("It is cut off: the file ends in the middle.") from None
        value, rest = _first_value_repaired(text, error.lineno)
        notes.append("A comma too many was left out of its JSON.")
    if rest.strip():
        notes.append("Text after the end of the notebook was left out.")
    return value


def _first_value(text):
    start = len(text) - len(text.lstrip())
    value, end = _DECODER.raw_decode(text, start)
    return value, text[end:]


def _first_value_repaired(text, line):
    repaired = _COMMA_TOO_MANY.sub(lambda found: "" if found[1] else found[0], text)
    try:
        if len(repaired) < len(text):
            return _first_value(repaired)
    except json.JSONDecodeError as error:
        if _at_the_end(error):
            raise Unreadable("It is cut off: the file ends in the middle.") from None
    raise Unreadable(f"It is damaged: line {line} of the file is no JSON.")


def _at_the_end(error):
    """Whether the JSON is correct up to the end of the text."""
    rest = error.doc[error.pos :].rstrip()
    return (
        len(rest) < 6  # inside of \u1234, true, false or null
        or error.msg.startswith("Unterminated string")
    )


def _without_outputs(value):
    """Outputs are dropped as soon as they are read, because they can be huge."""
    value.pop("outputs", None)
    value.pop("attachments", None)
    return value


def _number(digits):
    """No number matters here, and Python refuses to read one of 5,000 digits."""
    return int(digits) if len(digits) < 20 else 0


# Line ends inside of a string are not JSON, but unambiguous: not strict.
_DECODER = json.JSONDecoder(object_hook=_without_outputs, parse_int=_number, strict=False)


# ---------------------------------------------------------------------------- notebooks


def _notebook(value, notes):
    """The code cells of a notebook, and text cells in the place of an answer."""
    found, malformed, from_text = [], 0, []
    for cell in _all_cells(value):
        if not isinstance(cell, dict) or not isinstance(cell.get("cell_type"), str):
            malformed += 1
            continue
        grading = _part(_part(cell, "metadata"), "nbgrader")
        name = next(
            (n for n in (grading.get("grade_id"), cell.get("id")) if isinstance(n, str) and n), ""
        )
        answer = grading.get("cell_type") != "markdown" and (
            grading.get("solution") is True or name.endswith("-answer")
        )
        if cell["cell_type"] != "code" and not answer:
            continue
        source, whole = _source(cell)
        malformed += not whole
        if source is None:
            continue
        if cell["cell_type"] != "code":
            from_text.append(name)
        found.append(Cell(source, name=one_line(name, 100)))
    if malformed:
        notes.append(
            f"{_count(malformed, 'cell')} of a form that no notebook has: what of it could "
            "be read was kept."
        )
    if from_text:
        notes.append(f"Read as code although its cell type is text: {_listed(from_text)}.")
    _note_the_language(value, notes)
    return found


def _all_cells(value):
    """The list of cells; notebooks of format 3 have them in worksheets."""
    if isinstance(value, dict):
        if isinstance(value.get("cells"), list):
            return value["cells"]
        sheets = value.get("worksheets")
        if isinstance(sheets, list):
            parts = [_part(sheet, "cells", list) for sheet in sheets if isinstance(sheet, dict)]
            return [cell for part in parts for cell in part]
    raise Unreadable("It is JSON, but no notebook: it has no list of cells.")


def _part(value, key, kind=dict):
    part = value.get(key)
    return part if isinstance(part, kind) else kind()


def _source(cell):
    """The source of a cell, or None, and whether it was well-formed."""
    source = cell.get("source", cell.get("input"))
    if isinstance(source, str):
        return source, True
    if not isinstance(source, list):
        return None, False
    lines = [line for line in source if isinstance(line, str)]
    # Jupyter does not write lines without their ends, but they are unambiguous.
    bare = len(lines) > 1 and not any(line.endswith("\n") for line in lines[:-1])
    return ("\n" if bare else "").join(lines), len(lines) == len(source)


def _note_the_language(value, notes):
    metadata = _part(value, "metadata")
    language = _part(metadata, "kernelspec").get("language") or _part(
        metadata, "language_info"
    ).get("name")
    if isinstance(language, str) and not language.lower().startswith(("python", "ipython")):
        notes.append(f"It says that its language is {_as_code(language, 20)}, not Python.")


# ------------------------------------------------------------------------ the cells to run


def _clean(cells, notes):
    """The same cells with uniform line ends, without characters that Python refuses."""
    replaced, clean = 0, []
    for cell in cells:
        source = cell.source.replace("\r\n", "\n").replace("\r", "\n")
        source, times = _SURROGATES_AND_NUL.subn("\ufffd", source)
        replaced += times
        clean.append(cell._replace(source=source))
    if replaced:
        notes.append(f"{_count(replaced, 'character')} that no text may have, replaced by �.")
    named = Counter(cell.name for cell in cells if cell.name)
    twice = [name for name, times in named.items() if times > 1]
    if twice:
        notes.append(f"More than one cell has the name {_listed(twice)}; all of them count.")
    return clean


def _within_limits(cells, notes):
    """The first cells, as many as the limits allow."""
    if len(cells) > MOST_CELLS:
        notes.append(f"It has {len(cells):,} code cells; the first {MOST_CELLS:,} were read.")
    kept, room = [], MOST_SOURCE
    for cell in cells[:MOST_CELLS]:
        room -= len(cell.source)
        if room < 0:
            notes.append(
                f"It has more than {MOST_SOURCE:,} characters of code; cell {len(kept) + 1} and "
                "those below it were left out."
            )
            break
        kept.append(cell)
    if cells and not kept:
        raise Unreadable(f"Its first code cell has more than {MOST_SOURCE:,} characters.")
    return kept


def _listed(names):
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(_as_code(name, 60) or "a cell without a name" for name in names[:5]) + more


def _as_code(text, most):
    """The text of a file as code within a sentence of ours, where it is no markup."""
    line = one_line(text, most).replace("`", "\N{MODIFIER LETTER GRAVE ACCENT}")
    return f"`{line}`" if line else ""


def _count(number, what):
    return f"1 {what}" if number == 1 else f"{number:,} {what}s"
