"""A fresh interpreter that imports the heavy packages once and forks one process per submission.

It holds no test, reference or seed, so its children do not, either. It runs no student code itself,
has a single thread (a fork copies only one), and talks with the grader over a socket: packets of
JSON, with descriptors.

    grader → zygote   {"open": number, "folder": path} and 2 or 3 descriptors; {"kill": number}
    zygote → grader   {"ready": …}; {"started": number} and a pidfd;
                      {"ended": number, "status": …, "memory": …, "cpu": …}
"""

import contextlib
import gc
import json
import os
import select
import signal
import socket

from lossbook.grading.sandbox import child, isolation, wire
from lossbook.grading.sandbox.isolation import SETUP_FAILED

_LINE, _FILE = 3, 4  # descriptors in a child; 0 to 2 are nothing and the output


def main(control: int, plan: dict) -> None:
    """Serve until the grader hangs up; `control` is a descriptor, `plan` a dict (base.py).

    A grader that is killed hangs up, too. A signal from the kernel would not do: it is sent when
    the *thread* that started the zygote ends.
    """
    control = socket.socket(fileno=control)
    preparation = child.Preparation(plan)
    isolation.hide_memory()
    awake, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the grader
    gc.collect()
    gc.freeze()  # so that children do not copy pages by counting references
    _report(control, ready=os.getpid())
    living = {}
    while True:
        ready, _, _ = select.select([control, awake], [], [])
        if awake in ready:
            os.read(awake, 4096)
            _reap(control, living)
        if control in ready and not _obey(control, preparation, living):
            break
    for pid in living:
        _kill(pid)
    os._exit(0)


def _obey(control, preparation, living):
    """Do what the grader asks; False if it hung up."""
    packet, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 3)
    if not packet:
        return False
    request = json.loads(packet)
    if "open" in request:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            control.close()
            _run_child(preparation, request["folder"], parent, descriptors)
        living[pid] = request["open"]
        _report_start(control, request["open"], pid)
    else:
        for pid, number in living.items():
            if number == request["kill"]:
                _kill(pid)
    for descriptor in descriptors:
        os.close(descriptor)
    return True


def _report_start(control, number, pid):
    """Send a pidfd: in a namespace of processes, numbers have no meaning outside of it."""
    with contextlib.suppress(OSError, AttributeError):
        descriptor = os.pidfd_open(pid)
        try:
            packet = json.dumps({"started": number}).encode()
            socket.send_fds(control, [packet], [descriptor])
        finally:
            os.close(descriptor)


def _reap(control, living):
    """Report every child that has ended."""
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None:
            return
        pid = ended.si_pid
        # What it left behind, if no layer forbids to fork; its number is not reused before the
        # zygote waits for it.
        _kill(pid)
        _, status, used = os.wait4(pid, 0)
        number = living.pop(pid, None)
        if number is not None:
            code = os.waitstatus_to_exitcode(status)
            cpu = used.ru_utime + used.ru_stime
            _report(control, ended=number, status=code, memory=used.ru_maxrss >> 10, cpu=cpu)


def _kill(pid):
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)  # a child that has no group of its own yet


def _report(control, **fields):
    with contextlib.suppress(OSError):
        control.send(json.dumps(fields).encode())


# ------------------------------------------------------------------------------- children


def _run_child(preparation, folder, parent, descriptors):
    """What a forked child does; never returns."""

    def prepare():
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        file = _arrange(descriptors)
        child.flush_lines()
        isolation.die_with_parent()
        if os.getppid() != parent:
            os._exit(SETUP_FAILED)  # it died before die_with_parent
        line = child.FrameSocket(socket.socket(fileno=_LINE))
        preparation.isolate(folder)
        line.send(wire.encode({"ready": True}))
        return preparation, line, file

    child.run(prepare)


def _arrange(descriptors):
    """Nothing on 0, the output on 1 and 2, the line on 3, the file on 4; all others closed."""
    import fcntl  # Windows has none

    high = [fcntl.fcntl(d, fcntl.F_DUPFD, 16) for d in descriptors]  # above all the targets
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(high[1], 1)
    os.dup2(high[1], 2)
    os.dup2(high[0], _LINE)
    first_free = _LINE + 1
    if len(high) > 2:
        os.dup2(high[2], _FILE)
        first_free = _FILE + 1
    os.closerange(first_free, 4096)
    return _FILE if len(high) > 2 else None
