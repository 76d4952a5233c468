"""Opens the sandbox that this machine can offer, and says whether it is safe enough."""

import sys

from lossbook.grading.sandbox import isolation
from lossbook.grading.sandbox.base import Sandbox
from lossbook.grading.sandbox.forkserver_client import ForkSandbox
from lossbook.grading.sandbox.spawn import SpawnSandbox

CONTAINER = (
    'docker run --rm --network none --security-opt no-new-privileges -v "$PWD":/work lossbook '
    "grade submissions --out grades"
)


def open_sandbox(**how) -> Sandbox:
    """A ForkSandbox if a fork is safe, which is on Linux, and a SpawnSandbox elsewhere.

    Parameters as for Sandbox. Raises OSError if it cannot be opened.
    """
    # macOS has fork, but its own libraries break in a process that was forked; Windows has none.
    return (ForkSandbox if sys.platform == "linux" else SpawnSandbox)(**how)


def refuses(tier: str, trusted: bool = False) -> str | None:
    """Why untrusted code is not run at a tier; None if it may be.

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
        "Submissions are not run here: this machine cannot isolate students' code from your files "
        f"and your network.\nRun the same in a container:\n    {CONTAINER}\n"
        "Or, if you trust all students of the class, add --trusted."
    )
