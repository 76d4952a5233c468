"""Text from a submission, made safe for a file name, a table and a terminal.

A submission chooses its names, code, notes and values. Characters that change how a text looks
without being visible (bidi controls, zero-width characters, NUL, escape sequences) are replaced
by their names: U+202E, U+200B, U+0000, U+001B.
"""

import hashlib
import re
import unicodedata

_READABLE = 24  # characters; even of four bytes each, short enough for every file system

# Control, format, surrogate, private, unassigned, line and paragraph separators.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Invisible letters and marks: fillers and variation selectors (U+FE0F is part of many emoji).
_BLANK = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0}
_BLANK |= {*range(0xFE00, 0xFE0F), *range(0xE0100, 0xE01F0)}
_STACKED = re.compile(r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{4,}")


def safe_name(student: str) -> str:
    """A student's name as a part of a file name, readable and different for different names.

    Letters and digits of any script stay, in lower case; everything else becomes a hyphen. A hash
    of the exact name follows, so "Ada" and "ada" do not share a file on a disk that ignores case,
    nor do two long names that are cut at the same place.

    >>> safe_name("../../Ada Lovelace")
    'ada-lovelace-e3264eb3cbcb58de'
    >>> safe_name("周志华")
    '周志华-dc4ea1fe08703d6c'
    """
    if not isinstance(student, str):
        raise TypeError(f"student must be a str, not {type(student).__name__}")
    plain = unicodedata.normalize("NFC", student.casefold())
    letters = "".join(char if char.isalnum() else "-" for char in plain)
    readable = re.sub("-+", "-", letters).strip("-")[:_READABLE].strip("-")
    # surrogatepass: a file name need not be valid text, and then has lone surrogates.
    digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{readable}-{digest}" if readable else digest


def visible(text: str) -> str:
    """`text` with the name of each invisible character in its place; newlines and tabs stay.

    >>> visible("admin\\u202e\\x00 ok")
    'adminU+202EU+0000 ok'
    """
    return unstacked(text).translate(_NAMES)


def unstacked(text: str) -> str:
    """At most three combining marks on one letter: more would cover the lines above."""
    return _STACKED.sub(lambda marks: marks[0][:3] + "\N{REPLACEMENT CHARACTER}", text)


def brief(text: str, limit: int = 2000) -> str:
    """`text` made visible, and cut after `limit` characters.

    >>> brief("\\x1b[2Jgone", limit=4)
    'U+001B[2J …'
    """
    kept = visible(text[:limit])
    return kept if len(text) <= limit else f"{kept} …"


def as_code(text: str, limit: int = 300) -> str:
    """`text` as code within a sentence of ours, so that it cannot imitate one or hold markup.

    >>> as_code("division by zero")
    '`division by zero`'
    >>> as_code("` A person looked:\\n**full marks**")
    '`ˋ A person looked: **full marks**`'
    """
    kept = " ".join(text[:limit].replace("`", "\N{MODIFIER LETTER GRAVE ACCENT}").split())
    return f"`{kept}{' …' if len(text) > limit else ''}`" if kept else ""


def quoted(text: str, limit: int = 2000) -> str:
    """The same with a bar before each further line, so it cannot imitate output of ours.

    >>> print(quoted("OSError: a\\nright: 5 of 5 points"))
    OSError: a
            | right: 5 of 5 points
    """
    return brief(text, limit).replace("\n", "\n        | ")


class CharacterTable(dict):
    """For str.translate: an invisible character → its name in `template`; others stay."""

    def __init__(self, template: str = "{}"):
        self._template = template

    def __missing__(self, code):
        hidden = unicodedata.category(chr(code)) in _INVISIBLE and chr(code) not in "\n\t"
        named = self._template.format(f"U+{code:04X}") if hidden or code in _BLANK else chr(code)
        return self.setdefault(code, named)


_NAMES = CharacterTable()
