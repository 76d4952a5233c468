"""Text for a page: escaped, cut where it is too long, and with nothing invisible left in it.

Names, code, notes and values come from a submission. Characters that would change how a page
looks without being seen (bidi controls, zero-width ones, NUL, escape sequences) are written as
what they are: U+0000, U+001B, U+202E. A terminal gets the same, without markup.
"""

import html
import re
import unicodedata

# Control, format, surrogate, private, unassigned, line and paragraph separators.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Invisible too, though their class is that of letters and marks: fillers and variation selectors.
_BLANKS = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0}
_VARIATIONS = (*range(0xFE00, 0xFE0F), *range(0xE0100, 0xE01F0))  # U+FE0F is part of many emoji

_STACKED = re.compile(r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{4,}")


def visible(text):
    """`text` with a written name for each character that nobody sees; newline and tab stay.

    >>> visible("admin\\u202e\\x00 ok")
    'adminU+202EU+0000 ok'
    """
    return _unstacked(text).translate(_NAMES)


def escaped(text, most=2000):
    """`text` as HTML: escaped, made visible, and cut after `most` characters.

    >>> escaped("<b>\\x1b[31m")
    '&lt;b&gt;<b class="odd">U+001B</b>[31m'
    """
    kept = _unstacked(text[:most]).translate(_MARKUP)
    more = len(text) - most
    return kept if more <= 0 else f'{kept}<b class="odd">… cut: {more:,} more characters</b>'


def brief(text, most=2000):
    """`text` for a terminal: made visible, and cut after `most` characters.

    >>> brief("\\x1b[2Jgone", most=4)
    'U+001B[2J …'
    """
    kept = visible(text[:most])
    return kept if len(text) <= most else f"{kept} …"


def quoted(text, most=2000):
    """The same, where a further line begins with a bar: nobody's text looks like a line of ours.

    >>> print(quoted("OSError: a\\nright: 5 of 5 points"))
    OSError: a
            | right: 5 of 5 points
    """
    return brief(text, most).replace("\n", "\n        | ")


def without_tags(text, most=200):
    """HTML where no element may stand: in an attribute, and in the page's <title>."""
    return html.escape(brief(text, most))


def name(text):
    """A student's or a file's name as HTML: its writing direction stays its own matter."""
    return f"<bdi>{escaped(text, 200)}</bdi>"


def number(value):
    """Points as they are written: two digits at most behind the point.

    >>> number(7.0), number(2.3333), number(-1.5)
    ('7', '2.33', '−1.5')
    """
    short = f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")
    return short.replace("-", "−")


def counted(many, noun):
    """A number with its noun: "1 point", "2.5 points"."""
    return f"{number(many)} {noun if many == 1 else noun + 's'}"


class _Table(dict):
    """For str.translate: each character is looked at once, and remembered."""

    def __init__(self, written):
        self.written = written

    def __missing__(self, code):
        self[code] = self.written(code)
        return self[code]


def _name_of(code):
    """How an unseen character is written; None for all others."""
    if chr(code) in "\n\t":
        return None
    if unicodedata.category(chr(code)) in _UNSEEN or code in _BLANKS or code in _VARIATIONS:
        return f"U+{code:04X}"
    return None


def _in_markup(code):
    if chr(code) in "&<>\"'":
        return html.escape(chr(code))
    odd = _name_of(code)
    return chr(code) if odd is None else f'<b class="odd">{odd}</b>'


_NAMES = _Table(lambda code: _name_of(code) or chr(code))
_MARKUP = _Table(_in_markup)


def _unstacked(text):
    """At most three marks on one letter: a tower of them would cover the lines above."""
    return _STACKED.sub(lambda marks: marks[0][:3] + "\N{REPLACEMENT CHARACTER}", text)
