"""What both kinds of sandbox share: the plan for their processes, the environment, restarting."""

import itertools
import os
import shutil
import threading
from pathlib import Path

from lossbook.grading.sandbox import isolation
from lossbook.grading.sandbox.layers import ROOT, available_layers

TRIES = 3
# Windows finds its own parts by these.
_OF_WINDOWS = () if os.name == "posix" else ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "PATH")


class Sandbox:
    """Processes for submissions, one for each. Thread-safe; a context manager.

    proofs : str, optional
        The module or the file whose EXERCISES hold the derivations to check, such as
        "lossbook.exercises.chapter02". Without it, the processes run submissions.
    forbidden : tuple of str
        Modules that cannot be imported inside.
    layers : tuple of str, optional
        The isolation layers to apply (isolation.LAYERS); by default all that are available.
    memory : int
        Bytes that a process may take beyond what it begins with.

    layers, tier : the layers applied, and the word for them
    starts : how often the sandbox was started
    gone : whether it has ended and must be restarted

    Raises OSError if it cannot be started.
    """

    def __init__(
        self,
        *,
        proofs: str | None = None,
        forbidden: tuple[str, ...] = ("lossbook",),
        layers: tuple[str, ...] | None = None,
        memory: int = isolation.MEMORY,
    ):
        self.layers = self._layers(layers)
        self.tier = isolation.tier_of(self.layers)
        self.plan = {
            "proofs": proofs,
            "root": ROOT,
            "forbidden": list(forbidden),
            "layers": list(self.layers),
            "memory": memory,
        }
        self.numbers = itertools.count(1)
        self.lock = threading.RLock()
        self.starts, self.gone = 0, True
        self._begin()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def _layers(self, layers):
        """The layers to apply, of those that were asked for."""
        return tuple(available_layers() if layers is None else layers)

    def _begin(self):
        self._start()
        self.gone = False
        self.starts += 1

    def pid_of(self, number: int) -> int | None:
        """The number of a process on this system; None where it is not known."""
        return None

    def restart(self, starts: int) -> None:
        """Start again, unless another thread has done so since `starts` was read."""
        with self.lock:
            if self.starts == starts:
                self._stop()
                self._begin()


def environment(base: str) -> dict[str, str]:
    """The environment variables of a sandbox whose folder is `base`; none of the teacher's."""
    cache = Path(base, "matplotlib")
    cache.mkdir()
    known = _font_list()
    if known:
        shutil.copy(known, cache)
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": base,
        "IPYTHONDIR": str(Path(base, "ipython")),
        "MPLCONFIGDIR": str(cache),
        "MPLBACKEND": "agg",
        "PYTHONHASHSEED": "0",
        "LOSSBOOK_CACHE": "off",
        # One thread: a fork copies no others, and several workers share the processors.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        **{name: os.environ[name] for name in _OF_WINDOWS if name in os.environ},
        "USERPROFILE": base,  # where Python on Windows looks for the user's folder
    }


def _font_list():
    """Matplotlib's list of fonts, if there is one: making it takes seconds."""
    import matplotlib

    lists = sorted(Path(matplotlib.get_cachedir()).glob("fontlist-*.json"))
    return lists[-1] if lists else None
