"""Refuses system calls that a submission does not need: a filter for x86-64 and aarch64.

Calls that start programs or reach other processes, the network or the machine fail with EPERM;
calls that came after Linux 6.4 fail with ENOSYS. Landlock restricts files (isolation.py); changes
of their owners, modes and times are refused here, because Landlock does not cover them.

Written by hand because the bindings to libseccomp on PyPI have had no release for years and need
a library that is not everywhere. The numbers are those of the kernel's headers (a test reads them).
"""

import ctypes
import os
import platform
import struct

# name: (x86-64, aarch64); None where the machine has no such call
REFUSED = {
    # other programs
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    # other processes; kill, tgkill, prlimit64 and similar calls have their own rules below
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "tkill": (200, 130),
    "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "kcmp": (312, 272),
    "migrate_pages": (256, 238), "move_pages": (279, 239),
    "setpriority": (141, 140), "ioprio_set": (251, 30),
    # the network; of socketpair, which asyncio needs, see below
    "socket": (41, 198), "connect": (42, 203), "accept": (43, 202), "accept4": (288, 242),
    "bind": (49, 200), "listen": (50, 201),
    # namespaces and mounts
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "mount_setattr": (442, 442),
    "move_mount": (429, 429), "open_tree": (428, 428), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    # owners, modes and times of files
    "mknod": (133, None), "mknodat": (259, 33), "chmod": (90, None), "fchmod": (91, 52),
    "fchmodat": (268, 53), "chown": (92, None), "lchown": (94, None), "fchown": (93, 55),
    "fchownat": (260, 54), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
    "truncate": (76, 45),  # Landlock covers it since Linux 6.2; ftruncate needs an open file
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262), "fanotify_mark": (301, 263), "quotactl": (179, 60),
    "quotactl_fd": (443, 443), "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89),
    # the kernel and the machine
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "seccomp": (317, 277), "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142),
    "syslog": (103, 116), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "adjtimex": (159, 171), "clock_adjtime": (305, 266), "sethostname": (170, 161),
    "setdomainname": (171, 162), "iopl": (172, None), "ioperm": (173, None),
    "personality": (135, 92), "modify_ldt": (154, None), "uselib": (134, None),
    "_sysctl": (156, None), "vhangup": (153, 58), "lookup_dcookie": (212, 18),
    "nfsservctl": (180, 42), "set_mempolicy_home_node": (450, 450),
    # shared by all processes of a user or a machine: file notifications, writing to disk
    "inotify_init": (253, None), "inotify_init1": (294, 26), "io_setup": (206, 0),
    "sync": (162, 81), "syncfs": (306, 267),
    # memory that outlives the process, or that no limit counts
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194),
    "shmat": (30, 196), "shmctl": (31, 195), "msgget": (68, 186), "msgsnd": (69, 189),
    "msgrcv": (70, 188), "msgctl": (71, 187), "semget": (64, 190), "semop": (65, 193),
    "semctl": (66, 191), "semtimedop": (220, 192), "mq_open": (240, 180), "mq_unlink": (241, 181),
    "mq_timedsend": (242, 182), "mq_notify": (244, 184),
}  # fmt: skip

# Allowed for the process itself only. The first argument is a process id; 0 means the caller.
OWN_ONLY = {
    "prlimit64": (302, 261), "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118), "sched_setattr": (314, 274),
}  # fmt: skip
# … and here 0 means the whole process group.
OWN_NUMBER_ONLY = {"kill": (62, 129), "tgkill": (234, 131)}
# Refused where an argument (counted from 0) is one of these.
REFUSED_WITH = {
    # F_SETOWN, F_SETSIG, F_SETOWN_EX: which process the kernel signals when data arrive;
    # F_SETLEASE: a lease blocks others that open the file, such as a package; F_NOTIFY: shows what
    # others do
    "fcntl": ((72, 25), 1, (8, 10, 15, 1024, 1026)),
    "ioctl": ((16, 29), 1, (0x8901, 0x8902, 0x5412)),  # FIOSETOWN, SIOCSPGRP, TIOCSTI
}
# Allowed only with these.
ALLOWED_WITH = {"prctl": ((157, 167), 0, (15, 16, 0x53564D41))}  # names of threads and memory
SOCKETPAIR = (53, 199)  # streams only: a datagram may be addressed to any socket in the file tree
# Refused: truncating a file that is not opened for writing, which Landlock cannot before Linux
# 6.2; and files without a name, which would fill the disk where the quota check does not see them.
OPENING = {"open": ((2, None), 1), "openat": ((257, 56), 2)}  # number, argument with the flags
CLONE = (56, 220)  # allowed for threads only
# glibc falls back to clone and openat, whose flags can be read here.
MISSING = {"clone3": (435, 435), "openat2": (437, 437)}
NEWEST = 451  # calls above this number came after Linux 6.4

_THREAD = 0x10000
_UNIX, _STREAM, _KIND_OF_SOCKET = 1, 1, 0xF
_ACCESS_MODE, _TRUNCATE, _NAMELESS = 0o3, 0o1000, 0o20000000  # O_ACCMODE, O_TRUNC, __O_TMPFILE
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_ALLOW, _KILL, _EPERM, _ENOSYS = 0x7FFF0000, 0x80000000, 0x50001, 0x50026
_NR, _ARCH, _ARGUMENT = 0, 4, lambda k: 16 + 8 * k  # offsets in struct seccomp_data


def supported() -> bool:
    """Whether there is a filter for this kind of machine."""
    return platform.system() == "Linux" and platform.machine() in _ARCHITECTURES


def program(machine: str, pid: int) -> list[tuple]:
    """The filter as a list of BPF instructions (code, jump if true, jump if false, k)."""
    column, architecture = _ARCHITECTURES[machine]
    steps = [
        _load(_ARCH),
        *_unless(architecture, [_give(_KILL)]),  # 32-bit calls have other numbers
        _load(_NR),
        (0x35, 0, 1, 0x40000000),  # x32, too
        _give(_KILL),
        (0x35, 0, 1, NEWEST + 1),
        _give(_ENOSYS),
    ]
    for number in _numbers(MISSING, column):
        steps += _when(number, [_give(_ENOSYS)])
    for number in _numbers(REFUSED, column):
        steps += _when(number, [_give(_EPERM)])
    for number in _numbers(OWN_ONLY, column):
        steps += _when(number, _only(0, (0, pid)))
    for number in _numbers(OWN_NUMBER_ONLY, column):
        steps += _when(number, _only(0, (pid,)))
    for numbers, argument, values in REFUSED_WITH.values():
        steps += _when(numbers[column], _not(argument, values))
    for numbers, argument, values in ALLOWED_WITH.values():
        steps += _when(numbers[column], _only(argument, values))
    steps += _when(SOCKETPAIR[column], _streams())
    for numbers, argument in OPENING.values():
        if numbers[column] is not None:
            steps += _when(numbers[column], _open_flags(argument))
    is_thread = [_load(_ARGUMENT(0)), (0x45, 1, 0, _THREAD), _give(_EPERM), _give(_ALLOW)]
    steps += _when(CLONE[column], is_thread)
    return [*steps, _give(_ALLOW)]


def install() -> None:
    """Apply the filter to this process, for good. Needs no privilege.

    Raises OSError if the kernel has no seccomp, and for a machine without a filter.
    """
    if not supported():
        raise OSError(f"no filter for {platform.system()} on {platform.machine()}")
    steps = program(platform.machine(), os.getpid())
    code = b"".join(struct.pack("<HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(code, len(code))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))

    request = Program(len(steps), ctypes.cast(buffer, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in ((38, 1, 0, 0, 0), (22, 2, ctypes.byref(request), 0, 0)):
        if libc.prctl(*arguments):  # PR_SET_NO_NEW_PRIVS, then PR_SET_SECCOMP
            number = ctypes.get_errno()
            raise OSError(number, f"seccomp: {os.strerror(number)}")


def _numbers(table, column):
    return [numbers[column] for numbers in table.values() if numbers[column] is not None]


def _load(offset):
    return (0x20, 0, 0, offset)


def _give(verdict):
    return (0x06, 0, 0, verdict)


def _when(number, body):
    """Run `body`, which ends with a verdict, for this number; skip it for others."""
    return [(0x15, 0, len(body), number), *body]


def _unless(number, body):
    return [(0x15, len(body), 0, number), *body]


def _only(argument, values):
    """Allow where the lower half of an argument is one of `values`.

    The lower half is enough: process ids, commands and options are 32-bit numbers.
    """
    allow = [step for value in values for step in _when(value, [_give(_ALLOW)])]
    return [_load(_ARGUMENT(argument)), *allow, _give(_EPERM)]


def _not(argument, values):
    refuse = [step for value in values for step in _when(value, [_give(_EPERM)])]
    return [_load(_ARGUMENT(argument)), *refuse, _give(_ALLOW)]


def _streams():
    kind = [_load(_ARGUMENT(1)), (0x54, 0, 0, _KIND_OF_SOCKET), *_when(_STREAM, [_give(_ALLOW)])]
    return [_load(_ARGUMENT(0)), *_when(_UNIX, [*kind, _give(_EPERM)]), _give(_EPERM)]


def _open_flags(argument):
    nameless = [(0x45, 0, 1, _NAMELESS), _give(_EPERM)]
    truncating = [(0x54, 0, 0, _ACCESS_MODE | _TRUNCATE), *_when(_TRUNCATE, [_give(_EPERM)])]
    # access mode 3 asks for neither reading nor writing, and truncates nevertheless
    truncating += _when(_TRUNCATE | _ACCESS_MODE, [_give(_EPERM)])
    return [_load(_ARGUMENT(argument)), *nameless, *truncating, _give(_ALLOW)]
