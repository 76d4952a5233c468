"""A file name for any student's name: readable, and never that of somebody else."""

import hashlib
import re
import unicodedata

_LONGEST = 40


def safe_name(name):
    """A file name without ending for a student's name; the same name gives the same one.

    Letters and digits of ASCII are kept (accents are dropped) and a hash of the whole name
    follows. So "../x" leaves no folder, "CON" is no device, and two names that differ only in
    case, in accents or in signs get two files.

    Examples
    --------
    >>> safe_name("Zoë Müller")
    'zoe-muller-d6e575a6b5'
    >>> safe_name("../../etc/passwd")
    'etc-passwd-3754d6cb3a'
    """
    letters = unicodedata.normalize("NFKD", name[:1000]).encode("ascii", "ignore").decode().lower()
    readable = re.sub(r"[^a-z0-9]+", "-", letters)[:_LONGEST].strip("-")
    # surrogatepass: a file name with broken bytes reaches Python with lone surrogates in it.
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{readable}-{digest}" if readable else f"student-{digest}"
