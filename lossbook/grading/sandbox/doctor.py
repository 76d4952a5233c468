"""Tests the isolation of this machine: which layers it has, and what harmless probes can reach.

Each layer is applied in a process of its own (layers.py), and a dozen probes try in the sandbox,
as students' code runs there, what the sandbox must refuse. The hostile submissions of the
project's own tests (tests/attacks) try far more.
"""

import contextlib
import os
import platform
import signal
import socket
import tempfile
from typing import NamedTuple

from lossbook.grading.sandbox import isolation
from lossbook.grading.sandbox.channel import Ended
from lossbook.grading.sandbox.isolation import LAYERS
from lossbook.grading.sandbox.layers import check
from lossbook.grading.sandbox.open_sandbox import open_sandbox, refuses

_SECONDS = 60
_SECRET = "LOSSBOOK_DOCTOR"  # a variable of the grader's environment


def report() -> tuple[str, int]:
    """What `lossbook doctor` prints, and its exit status: 1 if a probe is not refused."""
    checks = [check(layer) for layer in LAYERS]
    layers = tuple(one.layer for one in checks if one.works)
    tier = isolation.tier_of(layers)
    system = f"{platform.system()} {platform.release()}, {platform.machine()}"
    lines = [f"Isolation of students' code on this machine ({system}):", ""]
    lines += [f"  {'yes' if one.works else 'no':4} {one.layer:13} {one.message}" for one in checks]
    lines += ["", f"The tier is {tier!r}: {isolation.TIERS[tier]}.", ""]
    lines.append("Probes, run as students' code runs:")
    lines.append("")
    findings = run_probes(layers)
    lines += [f"  {probe.name:38} {finding}" for probe, finding in findings]
    failed = sum(finding.startswith(NOT_REFUSED) for _, finding in findings)
    lines += ["", f"{failed} of {len(findings)} probes are NOT REFUSED." if failed else
              f"All {len(findings)} probes are refused."]  # fmt: skip
    lines.append(refuses(tier) or ("" if failed else "A class can be graded here safely."))
    return "\n".join(lines).rstrip(), 1 if failed else 0


# ------------------------------------------------------------------------------- the probes

NOT_REFUSED = "NOT REFUSED"


class Probe(NamedTuple):
    """A cell that tries what must be refused.

    name : what it tries
    refused_by : the layers of which each refuses it; "the grader" for what needs no layer
    source : Python with places for what is known of the machine (`_surroundings`)
    """

    name: str
    refused_by: tuple
    source: str


PROBES = (
    Probe("read a file outside", ("landlock", "namespaces"), "open({file!r}).read()"),
    Probe("write a file outside", ("landlock", "namespaces"), "open({file!r}, 'a')"),
    Probe("list another submission's folder", ("landlock",), "os.listdir({neighbour!r})"),
    Probe("open a network connection", ("seccomp", "namespaces"),
          "import socket; socket.create_connection(('127.0.0.1', {port}), 5)"),
    Probe("start a process", ("seccomp",),
          "if not hasattr(os, 'fork'):\n"
          "    import subprocess, sys\n"
          "    subprocess.run([sys.executable, '-c', ''])\n"
          "elif pid := os.fork(): os.waitpid(pid, 0)\n"
          "else: os._exit(0)"),
    Probe("leave a process behind", ("landlock", "seccomp"),
          "import subprocess, sys\n"
          "left = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'],"
          " start_new_session=True).pid"),
    Probe("send a signal to the grader", ("seccomp", "namespaces"), "os.kill({grader}, 0)"),
    Probe("read the grader's memory", ("landlock", "namespaces"),
          "open('/proc/{grader}/mem', 'rb').close()"),
    Probe("read a secret in the environment", ("the grader",), f"os.environ[{_SECRET!r}]"),
    Probe("import the reference solutions", ("the grader",), "import lossbook.exercises.chapter02"),
    Probe("take 4 GB of memory", ("limits",), "import mmap; mmap.mmap(-1, 4 << 30)"),
    Probe("write a file of 32 MB", ("limits",), "open('large', 'wb').write(bytes(32 << 20))"),
    Probe("make 2000 files", ("the grader",),
          "for k in range(2000): open(str(k), 'w').close()\nimport time; time.sleep(5)"),
    Probe("print 100 MB", ("the grader",), "for _ in range(100): print('x' * (1 << 20))"),
    Probe("compute without end", ("the grader",), "while True: pass"),
)  # fmt: skip


def run_probes(layers) -> list[tuple[Probe, str]]:
    """Each probe with what became of it: "refused by …" or "NOT REFUSED"."""
    try:
        with (
            _surroundings() as known,
            open_sandbox(layers=layers) as sandbox,
            sandbox.open() as neighbour,
        ):
            known["neighbour"] = str(neighbour.folder)
            return [(probe, _run(probe, sandbox, known)) for probe in PROBES]
    except OSError as error:
        return [(probe, f"{NOT_REFUSED}: no sandbox ({error})") for probe in PROBES]


def _run(probe, sandbox, known):
    seconds = 3 if probe.name == "compute without end" else 30
    source = "import os\n" + probe.source.format(**known)
    with sandbox.open() as session:
        try:
            head, _ = session.ask({"op": "cell"}, source, seconds=seconds)
            raised = head["raised"]
        except Ended as ended:
            raised = [str(ended)]
        if raised is None:
            _end_left_behind(session)
            return NOT_REFUSED
    layers = [layer for layer in probe.refused_by if layer in (*sandbox.layers, "the grader")]
    return f"refused by {' and '.join(layers) or 'the system'} ({': '.join(filter(None, raised))})"


def _end_left_behind(session):
    """Kill the process that a probe has left behind."""
    with contextlib.suppress(Ended, TypeError, ValueError, OSError):
        _, pid = session.ask({"op": "value", "name": "left", "exercise": ""}, seconds=5)
        os.kill(int(pid), getattr(signal, "SIGKILL", signal.SIGTERM))


@contextlib.contextmanager
def _surroundings():
    """What the probes reach for: a file, a server, this process, a variable."""
    with (
        tempfile.NamedTemporaryFile("w", prefix="lossbook-doctor-") as file,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        os.environ[_SECRET] = "secret"
        try:
            yield {"file": file.name, "port": server.getsockname()[1], "grader": os.getpid()}
        finally:
            del os.environ[_SECRET]
