"""The solved exercises, in one small file on this machine; delete it to reset.

The file is `~/.lossbook/progress.json`, or the one that LOSSBOOK_PROGRESS names;
LOSSBOOK_PROGRESS=off disables it. It is never sent anywhere.
"""

import contextlib
import json
import os
from pathlib import Path

from lossbook._atomic import replace_file


def place() -> Path | None:
    """The path of the file, or None if progress is off."""
    chosen = os.environ.get("LOSSBOOK_PROGRESS")
    # Off in test runs, whose output must not depend on what was solved here.
    if chosen == "off" or (not chosen and "PYTEST_VERSION" in os.environ):
        return None
    if chosen:
        return Path(chosen)
    try:
        return Path.home() / ".lossbook" / "progress.json"
    except RuntimeError:  # a user without a home directory, as in some containers
        return None


def load() -> set[str]:
    """The solved exercises, as "02.huber"; empty if the file cannot be read."""
    path = place()
    if path is None:
        return set()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    solved = content.get("solved", []) if isinstance(content, dict) else []
    return {name for name in solved if isinstance(name, str)} if isinstance(solved, list) else set()


def remember(name: str) -> None:
    """Add one exercise; a file that cannot be written must not interrupt the learner."""
    path = place()
    if path is None or name in (solved := load()):
        return
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, json.dumps({"solved": sorted({*solved, name})}, indent=1))
