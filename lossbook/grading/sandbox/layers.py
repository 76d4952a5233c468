"""Which isolation layers this machine has: each is applied in a process of its own.

That a kernel knows a layer says little: a container may forbid it, a setting may switch it off.
What was found is remembered until the machine starts again or its restrictions change.
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from lossbook._atomic import replace_file
from lossbook.grading.sandbox import seccomp
from lossbook.grading.sandbox.channel import last_line
from lossbook.grading.sandbox.isolation import LAYERS, NAMESPACES

ROOT = str(Path(__file__).resolve().parents[3])  # the folder that `import lossbook` needs
PYTHON = (sys.executable, "-s", "-P", "-B", "-X", "utf8", "-c")
_SECONDS = 60


class Check(NamedTuple):
    """Whether a layer works here, and what it does, or why there is none and what to do."""

    layer: str
    works: bool
    message: str


_DOES = {
    "limits": "limits memory, CPU time, files and threads"
    if sys.platform == "linux"
    else "limits CPU time and files; memory is not limited on this system",
    "capabilities": "gives up the privileges of root",
    "landlock": "allows no files but Python and the submission's own folder",
    "seccomp": "allows no other programs, no network, no signals to other processes",
    "namespaces": "shows no other processes, no network and few files",
}
_APPLY = {
    "limits": "isolation.limits(1 << 40, isolation.count_user_threads())",
    "capabilities": "isolation.drop_capabilities()",
    "landlock": "isolation.landlock([], [])",
    "seccomp": "seccomp.install()",
}


def check(layer: str) -> Check:
    """Apply a layer in a process of its own."""
    if layer != "limits" and sys.platform != "linux":
        return Check(layer, False, "there is none on this system, only on Linux")
    if os.name != "posix":
        return Check(layer, False, "Windows has none")
    if layer == "namespaces":
        if not shutil.which("bwrap"):
            message = "bubblewrap is not installed (Debian, Ubuntu: apt-get install bubblewrap)"
            return Check(layer, False, message)
        command = ["bwrap", *NAMESPACES, "--ro-bind", "/", "/", "true"]
    else:
        source = f"import sys; sys.path.insert(0, {ROOT!r}); "
        source += "from lossbook.grading.sandbox import isolation, seccomp; " + _APPLY[layer]
        command = [*PYTHON, source]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Check(layer, False, f"it could not be tried: {error}")
    if done.returncode == 0:
        return Check(layer, True, _DOES[layer])
    return Check(layer, False, f"it cannot be applied ({last_line(done.stderr)}). {_advice(layer)}")


def _advice(layer):
    """What to do about a layer that cannot be applied."""
    match layer:
        case "limits":
            return "Lower limits are set on this account."
        case "capabilities":
            return "Grade as a user who is not root."
        case "seccomp" if not seccomp.supported():
            return "There is a filter for x86-64 and aarch64 only."
        case "seccomp":
            return "The kernel was built without it, or a container forbids it."
        case "landlock" if in_a_container():
            return "The container may forbid it: a newer Docker or Podman does not."
        case "landlock":
            return "It needs Linux 5.13 or newer and an entry in /sys/kernel/security/lsm."
    if in_a_container():
        return "That is usual in a container, which isolates in part itself."
    restricted = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
    if restricted.exists() and restricted.read_text().strip() == "1":
        return "AppArmor forbids them: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"
    return "Users may not make namespaces on this machine; its administrator can allow it."


def in_a_container() -> bool:
    """Whether this looks like the inside of a container."""
    signs = ("/.dockerenv", "/run/.containerenv")
    return any(map(os.path.exists, signs)) or "container" in os.environ


# ------------------------------------------------------------------------- what is remembered


def checks() -> list[Check]:
    """A Check for each layer; those that have worked since the start of the machine are not tried.

    An outdated memory does no harm: a layer that cannot be applied ends the process.
    """
    path = _memory()
    known = _recall(path)
    unknown = [layer for layer in LAYERS if layer not in known]
    with ThreadPoolExecutor(len(LAYERS)) as threads:
        tried = dict(zip(unknown, threads.map(check, unknown), strict=True))
    if path and any(one.works for one in tried.values()):
        working = [layer for layer in LAYERS if layer in known or tried[layer].works]
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, json.dumps(working))
    return [tried.get(layer) or Check(layer, True, _DOES[layer]) for layer in LAYERS]


def available_layers() -> tuple[str, ...]:
    """The layers that can be applied on this machine."""
    return tuple(one.layer for one in checks() if one.works)


def _recall(path):
    try:
        found = json.loads(path.read_bytes()) if path else []
        return [layer for layer in LAYERS if layer in found]
    except (OSError, ValueError, TypeError):
        return []


def _memory():
    """The file that remembers which layers work under the present restrictions, or None."""
    if sys.platform != "linux" or os.environ.get("LOSSBOOK_CACHE") == "off":
        return None
    try:
        status = Path("/proc/self/status").read_text(errors="replace").splitlines()
        if "Seccomp:\t0" not in status:  # two filters, as of two containers, look the same
            return None
        names = ("Uid", "CapEff", "NoNewPrivs")
        restrictions = [line for line in status if line.startswith(names)]
        restrictions += [os.readlink(f"/proc/self/ns/{kind}") for kind in ("mnt", "user")]
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except (OSError, RuntimeError):  # no /proc, or no home
        return None
    described = repr([boot, restrictions, sys.executable, ROOT, shutil.which("bwrap")])
    name = hashlib.sha256(described.encode()).hexdigest()[:16]
    return base / "lossbook" / f"isolation-{name}.json"
