"""Start kernels that depend on nothing of the user's: settings, history, a writable home directory.

Where the home directory cannot be written, as in many containers, Matplotlib and IPython say so
among the outputs or on the terminal. They are given places of their own.
"""

import logging
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

_SOCKET_PATH = 90  # the path of a socket has at most 104 to 108 bytes; a number follows


@contextmanager
def isolated():
    """Yield the environment of one kernel and traitlets' configuration, in a temporary folder."""
    with (
        TemporaryDirectory(prefix="lossbook-", ignore_cleanup_errors=True) as folder,
        # Jupyter's search for kernels asks IPython for its folder in this process, too.
        patch.dict(os.environ, IPYTHONDIR=folder),
    ):
        yield environment(), configuration(folder)


def environment():
    """The environment of a kernel: everything that is there, less what would change outputs."""
    give_matplotlib_a_folder()
    # JupyterLab's mark of a notebook that somebody watches (figures.watched): inherited where
    # `lossbook refresh` is called from a notebook.
    kept = {name: value for name, value in os.environ.items() if name != "JPY_SESSION_NAME"}
    # Without a fixed seed the order of a printed set of strings would change; and what the author
    # has solved is not to be stored.
    return {**kept, "PYTHONHASHSEED": "0", "LOSSBOOK_PROGRESS": "off"}


def configuration(folder):
    """Traitlets' configuration of a kernel's manager: talk through files in `folder`.

    Windows has no such sockets, and a long path leaves no room for them. The kernel then uses
    TCP on this machine, and is told not to warn about it: its messages are signed.
    """
    connection = Path(folder, "kernel.json")
    if sys.platform == "win32" or len(os.fsencode(connection)) > _SOCKET_PATH:
        return {"NotebookClient": {"extra_arguments": ["--IPKernelApp.log_level=ERROR"]}}
    return {"KernelManager": {"transport": "ipc", "connection_file": str(connection)}}


def give_matplotlib_a_folder():
    """Let Matplotlib make a folder of its own, in silence, where it has none that it can write.

    It sets MPLCONFIGDIR then, so that every process started from here finds the same one, and
    deletes it at exit.
    """
    log = logging.getLogger("matplotlib")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        import matplotlib as mpl

        mpl.get_configdir()
        mpl.get_cachedir()
    finally:
        log.setLevel(level)
