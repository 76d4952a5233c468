"""Bytes to text: students hand in UTF-8, but also UTF-16, Latin-1, GB18030, and pictures."""

import codecs
import re

from lossbook.grading.submissions.content import Unreadable

# The kind of a file by its first bytes; its name is often wrong.
ARCHIVES = (
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zX", "an xz archive"),
)
_OTHER_KINDS = (
    *ARCHIVES,
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a picture or a sound"),
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a zip archive or an Office document"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"SQLite format 3", "a database"),
    (b"\x93NUMPY", "a NumPy array"),
)
_WEB_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|\?xml|svg)", re.IGNORECASE)

_MARKS = (  # UTF-32 first: its little-endian mark begins like that of UTF-16
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
# Looked up here, so that no module has to be imported inside the sandbox.
for _mark, _codec, _name in _MARKS:
    codecs.lookup(_codec)
for _codec in ("gb18030", "cp1252", "latin-1", "ascii"):
    codecs.lookup(_codec)

_CHARACTERS = re.compile(rb"[\x81-\xfe][\x30-\x39][\x81-\xfe][\x30-\x39]|[\x80-\xff].", re.DOTALL)
_CONTROLS = bytes(set(range(32)) - set(b"\b\t\n\f\r\x1b")) + b"\x7f"


def decoded(data):
    """The text in `data`, and a list of sentences on how it was read.

    >>> decoded("# Übung".encode("latin-1"))
    ('# Übung', ['It is not UTF-8; it was read as Latin-1.'])

    Raises Unreadable if it is empty, not text, or a file of another kind.
    """
    if not data.strip():
        raise Unreadable("The file is empty.")
    _refuse_other_kinds(data)
    for mark, codec, name in _MARKS:
        if data.startswith(mark):
            return _known(data[len(mark) :], codec, name)
    if codec := _utf16_without_mark(data):
        return _known(data, codec, "UTF-16")
    return _unknown(data)


def _refuse_other_kinds(data):
    for start, kind in _OTHER_KINDS:
        if data.startswith(start):
            raise Unreadable(f"It is {kind}, not a notebook.")
    if _WEB_PAGE.match(data[:1000]):
        raise Unreadable("It is a web page, not the notebook itself.")


def _known(data, codec, name):
    """Text in a known encoding."""
    notes = [] if name == "UTF-8" else [f"It is not UTF-8; it was read as {name}."]
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        text = data.decode(codec, "replace")
        notes.append("Some of its characters are damaged.")
    if not text.strip():
        raise Unreadable("The file is empty.")
    return text, notes


def _utf16_without_mark(data):
    """The codec, or None. In UTF-16, every second byte of code is 0, because it is mostly ASCII."""
    head = data[:4096]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    enough = 0.15 * len(head)
    if odd > enough and even * 10 < odd:
        return "utf-16-le"
    if even > enough and odd * 10 < even:
        return "utf-16-be"
    return None


def _unknown(data):
    """Text in an unknown encoding in which an ASCII letter is one byte."""
    notes = []
    whole, data = len(data), data.rstrip(b"\0")
    if not data:
        raise Unreadable("It holds nothing but zeros, as after a failed copy.")
    if whole > len(data):
        notes.append(f"{whole - len(data)} zero bytes at its end were left out.")
    head = data[:65536]
    if len(head) - len(head.translate(None, _CONTROLS)) > 0.03 * len(head):
        raise Unreadable("It is a binary file, not a notebook.")
    try:
        return data.decode("utf-8"), notes
    except UnicodeDecodeError:
        pass
    if _nearly_utf8(data):
        return data.decode("utf-8", "replace"), [*notes, "Some of its characters are damaged."]
    codec, name = _eight_bits(data)
    return data.decode(codec, "replace"), [*notes, f"It is not UTF-8; it was read as {name}."]


def _nearly_utf8(data):
    """Whether at most one in ten of the characters beyond ASCII is damaged."""
    good = len(re.findall(rb"[\xc2-\xf4][\x80-\xbf]+", data[:200_000]))
    bad = data[:200_000].decode("utf-8", "replace").count("\ufffd")
    return good > 10 * bad


def _eight_bits(data):
    if _chinese(data):
        return "gb18030", "GB18030"
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1", "Latin-1"
    if re.search(rb"[\x80-\x9f]", data):  # printable in Windows-1252 only
        return "cp1252", "Windows-1252"
    return "latin-1", "Latin-1"


def _chinese(data):
    """Whether the bytes are probably GB18030.

    Nearly all characters of a Chinese text are among the 3755 most frequent, whose two bytes are
    in B0–D7 and A1–FE (symbols begin with A1–A9), or have four bytes, two of them digits. In
    Latin-1 an accented letter is nearly always followed by an ASCII letter, and the lower-case
    accented letters are E0 and above.
    """
    found = _CHARACTERS.findall(data[:200_000])
    common = sum(
        len(c) == 4 or ((0xA1 <= c[0] <= 0xA9 or 0xB0 <= c[0] <= 0xD7) and c[1] >= 0xA1)
        for c in found
    )
    return bool(found) and common >= 0.8 * len(found)


def name_in_zip(raw):
    """A file name from bytes of unknown encoding.

    >>> name_in_zip("作业.ipynb".encode("gbk"))
    '作业.ipynb'
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030" if _chinese(raw) else "cp437", "replace")


def one_line(text, most=120):
    """`text` as one short printable line: unprintable characters become �.

    >>> one_line("ada\\n\\x1b[31m.ipynb")
    'ada �[31m.ipynb'
    """
    joiners = "\u200c\u200d"  # part of names in Persian and Hindi
    line = "".join(
        " " if c.isspace() else c if c.isprintable() or c in joiners else "\ufffd"
        for c in text[: most + 1]
    )
    return line if len(line) <= most else line[: most - 1] + "…"
