"""Kernels that do not depend on the user: on settings, history or a writable home directory.

Matplotlib and IPython print warnings if the home directory is not writable, as in many containers,
so they get folders of their own.
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
    """The environment variables of a kernel: the current ones without those that change outputs."""
    give_matplotlib_a_folder()
    # figures.is_interactive reads this variable; `lossbook refresh` inherits it when it is called
    # from a notebook.
    kept = {name: value for name, value in os.environ.items() if name != "JPY_SESSION_NAME"}
    # A random hash seed changes the order of a printed set of strings. Progress is off because
    # outputs must not depend on what the author has solved.
    return {**kept, "PYTHONHASHSEED": "0", "LOSSBOOK_PROGRESS": "off"}


def configuration(folder):
    """Traitlets' configuration of a kernel's manager: talk through files in `folder`.

    Windows has no such sockets, and their paths are limited in length. The kernel then uses
    local TCP; its warning about that is switched off because its messages are signed.
    """
    connection = Path(folder, "kernel.json")
    if sys.platform == "win32" or len(os.fsencode(connection)) > _SOCKET_PATH:
        return {"NotebookClient": {"extra_arguments": ["--IPKernelApp.log_level=ERROR"]}}
    return {"KernelManager": {"transport": "ipc", "connection_file": str(connection)}}


def give_matplotlib_a_folder():
    """Let Matplotlib choose a temporary folder, without a warning, if its own is not writable.

    Matplotlib then sets MPLCONFIGDIR, which child processes inherit, and deletes the folder at
    exit.
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
