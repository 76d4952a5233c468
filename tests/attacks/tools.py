"""Helpers of the hostile notebooks. The text of this file is their first cell.

An attack calls `breach` when it succeeds. That shows in every way that a submission has: it
prints, it leaves a mark outside, and the last cell spoils the answer to "newsagent", so that the
points differ even if what was printed is not read.
"""

import ctypes
import json
import os
import platform
import re
import stat
import struct
import sys

CANARY = {}  # what an attacker could know of the machine; filled in by the second cell
breaches = []

_CALLS = {
    "x86_64": dict(
        socket=41, clone=56, fork=57, vfork=58, execve=59, kill=62, ptrace=101, syslog=103,
        personality=135, chroot=161, mount=165, umount2=166, setns=308, tkill=200, tgkill=234,
        keyctl=250, add_key=248, ioprio_set=251, unshare=272, perf_event_open=298,
        fanotify_init=300,
        name_to_handle_at=303, open_by_handle_at=304, process_vm_readv=310, kcmp=312,
        memfd_create=319, bpf=321, execveat=322, userfaultfd=323, shmget=29, shmctl=31, msgget=68,
        msgctl=71, semget=64, semctl=66, rt_sigqueueinfo=129, mq_open=240,
    ),
    "aarch64": dict(
        socket=198, clone=220, execve=221, kill=129, ptrace=117, syslog=116, personality=92,
        chroot=51, mount=40, umount2=39, setns=268, tkill=130, tgkill=131, keyctl=219, add_key=217,
        ioprio_set=30, unshare=97, perf_event_open=241, fanotify_init=262, name_to_handle_at=264,
        open_by_handle_at=265, process_vm_readv=270, kcmp=272, memfd_create=279, bpf=280,
        execveat=281, userfaultfd=282, shmget=194, shmctl=195, msgget=186, msgctl=187,
        semget=190, semctl=191, rt_sigqueueinfo=138, mq_open=180,
    ),
}  # fmt: skip
_NEW = dict(pidfd_send_signal=424, io_uring_setup=425, open_tree=428, fsopen=430, pidfd_open=434,
            clone3=435, pidfd_getfd=438)  # fmt: skip


def mark(name):
    """Leave an empty file outside; it counts only where the teacher's machine has it."""
    try:
        with open(CANARY["marks"] + name, "w"):
            pass
    except OSError:
        return


def breach(what):
    """Note that the attack succeeded. Returns a number that is no right answer."""
    breaches.append(str(what))
    mark("".join(c if c.isalnum() else "-" for c in str(what))[:60])
    print("BRE" + "ACH: " + str(what), flush=True)
    return 12345.0


def tries(what, call, *args, **kwargs):
    """Breach if the call returns; any exception means that it was refused."""
    try:
        came = call(*args, **kwargs)
    except Exception:
        return None
    breach(what)
    return came


def system_call(name, *args):
    """The result of a Linux system call by its number, -errno where it fails."""
    if sys.platform != "linux":
        return -38
    numbers = _CALLS.get(platform.machine(), {}) | _NEW
    if name not in numbers:
        return -38
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    args = [ctypes.c_long(a) if isinstance(a, int) else a for a in args]
    came = call(ctypes.c_long(numbers[name]), *args)
    return came if came >= 0 else -ctypes.get_errno()


def kernel(what, name, *args):
    """Breach if a system call succeeds."""
    came = system_call(name, *args)
    if came >= 0:
        breach(f"{what} ({name})")
    return came


def token_in(data, what):
    """Breach if bytes or text hold the secret that no submission may see."""
    if isinstance(data, str):
        data = data.encode("utf-8", "replace")
    # Its first half is known here, to be recognised; the other only on the teacher's side.
    if re.search(CANARY["half"].encode() + b"-[0-9a-f]{16}", data):
        breach(what)


def sockets():
    """The open sockets and pipes of this process beyond the standard three."""
    found = []
    for fd in range(3, 256):
        try:
            mode = os.fstat(fd).st_mode
        except OSError:
            continue
        if stat.S_ISSOCK(mode) or stat.S_ISFIFO(mode):
            found.append(fd)
    return found


def frame(head, numbers=b""):
    """A frame as the sandbox and the grader exchange them."""
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    return struct.pack("<II", 4 + len(text) + len(numbers), len(text)) + text + numbers


def pour(data):
    """Write bytes on every socket, as far as it goes."""
    for fd in sockets():
        try:
            os.write(fd, data)
        except OSError:
            continue


def frames_above():
    """The local variables of everything that is being run, in all threads."""
    for top in sys._current_frames().values():
        while top is not None:
            yield top.f_locals
            yield top.f_globals
            top = top.f_back


def request():
    """The head of the grader's last request, if it can be found."""
    for names in frames_above():
        for value in list(names.values()):
            if type(value) is dict and "op" in value:
                return value
    return {"op": "call", "id": 1}
