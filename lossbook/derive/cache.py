"""Remember derivations that hold, so that a second run of a notebook is instant.

One small JSON file for each derivation, named after a hash of its content and of this package's
own source, in the user's cache folder. Deleting the folder costs only time. The environment
variable LOSSBOOK_CACHE names another folder, or is "off".
"""

import hashlib
import json
import os
import sys
from functools import cache
from pathlib import Path

from lossbook._atomic import replace_file


def key(*content):
    """The name under which a derivation of this content is remembered."""
    return hashlib.sha256((_engine() + repr(content)).encode("utf-8", "replace")).hexdigest()[:40]


def recall(key):
    """The verdicts on each line, as lists, or None if they are not remembered."""
    folder = _folder()
    if folder is None:
        return None
    try:
        remembered = json.loads((folder / f"{key}.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    verdicts = remembered.get("verdicts") if isinstance(remembered, dict) else None
    if isinstance(verdicts, list) and all(map(_is_verdict, verdicts)):
        return [(*verdict[:4], tuple(verdict[4])) for verdict in verdicts]
    return None


def _is_verdict(found):
    """A kind that holds, a count, a message, a hint and sizes."""
    return (
        isinstance(found, list)
        and len(found) == 5
        and found[0] in ("true", "definition", "note", "blank")
        and type(found[1]) is int
        and all(isinstance(text, str) for text in found[2:4])
        and isinstance(found[4], list)
        and all(type(size) is int for size in found[4])
    )


def remember(key, verdicts):
    """Keep the verdicts of a derivation in which every line holds."""
    folder = _folder()
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / f"{key}.json", json.dumps({"verdicts": verdicts}))
    except OSError:
        pass  # a full or read-only disk: it is only a cache


def _folder():
    chosen = os.environ.get("LOSSBOOK_CACHE", "")
    if chosen == "off":
        return None
    if chosen:
        return Path(chosen)
    try:
        home = Path.home()
    except RuntimeError:  # a user without a home directory, as in some containers
        return None
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "lossbook" / "derivations"


@cache
def _engine():
    """A digest of this package's source: another checker, another verdict."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
