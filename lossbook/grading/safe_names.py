"""A student's name as a file name that is safe everywhere and belongs to that name alone."""

import hashlib
import re
import unicodedata

_READABLE = 24  # letters; even of four bytes each, short enough for every file system


def safe_name(student):
    """The name of a student as a part of a file name.

    Letters and digits of any script stay readable, in lower case; what else there is becomes a
    hyphen. The hash of the true name follows, so that two names never share a file: neither
    "Ada" and "ada" on a disk that cannot tell them apart, nor two that are cut at the same place.

    >>> safe_name("../../Ada Lovelace")
    'ada-lovelace-e3264eb3cbcb58de'
    >>> safe_name("周志华")
    '周志华-dc4ea1fe08703d6c'
    """
    if not isinstance(student, str):
        raise TypeError(f"student must be a str, not {type(student).__name__}")
    plain = unicodedata.normalize("NFC", student.casefold())
    letters = "".join(sign if sign.isalnum() else "-" for sign in plain)
    readable = re.sub("-+", "-", letters).strip("-")[:_READABLE].strip("-")
    # surrogatepass: a file name need not be text, and then it comes with lone surrogates.
    true = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{readable}-{true}" if readable else true

