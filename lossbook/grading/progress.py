"""What is solved: one small file on this machine. Deleting it forgets everything.

`~/.lossbook/progress.json`, or where LOSSBOOK_PROGRESS points; LOSSBOOK_PROGRESS=off keeps
nothing. It is never sent anywhere.
"""

import contextlib
import json
import os
from pathlib import Path


def place():
    """The path of the file, or None if none is to be kept."""
    told = os.environ.get("LOSSBOOK_PROGRESS")
    # A test run is no study, and what it prints must not depend on what somebody has solved.
    if told == "off" or (not told and "PYTEST_VERSION" in os.environ):
        return None
    if told:
        return Path(told)
    try:
        return Path.home() / ".lossbook" / "progress.json"
    except RuntimeError:  # a user without a home directory, as in some containers
        return None


def load():
    """The set of solved exercises, as "02.huber"; empty where the file cannot be read."""
    path = place()
    if path is None:
        return set()
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    solved = kept.get("solved", []) if isinstance(kept, dict) else []
    return {name for name in solved if isinstance(name, str)} if isinstance(solved, list) else set()


def remember(name):
    """Add one exercise; a file that cannot be written is no reason to stop somebody's work."""
    path = place()
    if path is None or name in (solved := load()):
        return
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(path.name + ".new")
        new.write_text(json.dumps({"solved": sorted({*solved, name})}, indent=1), encoding="utf-8")
        os.replace(new, path)  # in one step, so that two notebooks never leave half a file
