"""Which room this machine can offer, and for whom it may be opened."""

import sys

from lossbook.grading.sandbox import isolation
from lossbook.grading.sandbox.forkserver_client import Room
from lossbook.grading.sandbox.spawn_pool import Pool

CONTAINER = (
    'docker run --rm --network none --security-opt no-new-privileges -v "$PWD":/work lossbook '
    "grade submissions --out grades"
)


def open_room(role="student", *, chapter=None, forbidden=("lossbook",), these=None):
    """A Room where a fork is safe, which is Linux, and a Pool elsewhere.

    Parameters
    ----------
    role : "student" (runs notebooks) or "clerk" (reads derivations)
    chapter : "02", whose derivations a clerk reads
    forbidden : modules that are out of reach inside
    these : the walls to put up; None takes all that this machine has

    Raises OSError where it cannot be opened.
    """
    # macOS has fork, but its own libraries break in a process that was forked; Windows has none.
    kind = Room if sys.platform == "linux" else Pool
    return kind(role, chapter=chapter, forbidden=forbidden, these=these)


def refuses(tier, trusted=False):
    """Why strangers' code is not run at a tier, in words; None where it may be.

    >>> refuses("strong") is None
    True
    >>> refuses("process").partition(":")[0]
    'Submissions are not run here'
    >>> refuses("process", trusted=True) is None
    True
    """
    if tier != isolation.PROCESS or trusted:
        return None
    return (
        "Submissions are not run here: this machine lacks the walls that keep a stranger's code "
        f"from your files and your network.\nRun the same in a container:\n    {CONTAINER}\n"
        "Or, if you trust everybody who handed something in, add --trusted."
    )
