"""The system-call filter: its numbers against the kernel's, its program against a BPF machine."""

import os
import re
import struct
from pathlib import Path

import pytest

from lossbook.grading.sandbox import seccomp

MACHINES = {"x86_64": 0, "aarch64": 1}
OWN = 4242  # process id
HEADERS = {
    "x86_64": [
        "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
        "/usr/include/asm/unistd_64.h",
        "/usr/x86_64-linux-gnu/include/asm/unistd_64.h",
    ],
    "aarch64": ["/usr/include/asm-generic/unistd.h"],
}


def numbers_of(machine):
    """Name → number by the kernel's own headers; skips where they are not installed."""
    path = next((path for path in map(Path, HEADERS[machine]) if path.is_file()), None)
    if path is None:
        pytest.skip(f"the kernel's headers are not installed ({HEADERS[machine][0]})")
    lines = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)\s", path.read_text())
    # 403 to 423 are for machines with 32 bits only.
    return {name: int(number) for name, number in lines if not 403 <= int(number) <= 423}


def table(machine):
    """Name → number by our tables."""
    column = MACHINES[machine]
    tables = seccomp.REFUSED | seccomp.OWN_ONLY | seccomp.OWN_NUMBER_ONLY | seccomp.MISSING
    tables |= {
        name: rule[0] for name, rule in (seccomp.REFUSED_WITH | seccomp.ALLOWED_WITH).items()
    }
    tables |= {name: rule[0] for name, rule in seccomp.OPENING.items()}
    tables |= {"clone": seccomp.CLONE, "socketpair": seccomp.SOCKETPAIR}
    return {name: numbers[column] for name, numbers in tables.items()}


@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_are_those_of_the_kernel(machine):
    theirs = numbers_of(machine)
    for name, number in table(machine).items():
        # An older header does not know the newest calls; all machines share those numbers.
        if number is None or (name not in theirs and number > max(theirs.values())):
            continue
        assert theirs[name] == number, name


@pytest.mark.parametrize("machine", MACHINES)
def test_a_call_without_a_number_does_not_exist_on_the_machine(machine):
    theirs = numbers_of(machine)
    for name, number in table(machine).items():
        assert number is not None or name not in theirs, name


@pytest.mark.parametrize("machine", MACHINES)
def test_no_number_is_repeated(machine):
    numbers = [number for number in table(machine).values() if number is not None]
    assert len(numbers) == len(set(numbers))


# -------------------------------------------------------------------------- the program itself

LOAD, AND, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_SET, RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
JUMPS = (JUMP_EQUAL, JUMP_AT_LEAST, JUMP_SET)
VERDICTS = {0x7FFF0000: "allowed", 0x80000000: "killed", 0x50001: "EPERM", 0x50026: "ENOSYS"}


def verdict(program, architecture, number, arguments=()):
    """What the kernel would do: a classic BPF machine with one register."""
    arguments = [argument % 2**64 for argument in arguments] + [0] * (6 - len(arguments))
    data = struct.pack("<IIQ6Q", number % 2**32, architecture, 0, *arguments)
    register, at = 0, 0
    while True:
        code, yes, no, k = program[at]
        at += 1
        if code == RETURN:
            return VERDICTS[k]
        if code == LOAD:
            (register,) = struct.unpack_from("<I", data, k)
        elif code == AND:
            register &= k
        else:
            tests = {
                JUMP_EQUAL: register == k,
                JUMP_AT_LEAST: register >= k,
                JUMP_SET: register & k,
            }
            at += yes if tests[code] else no


@pytest.mark.parametrize("machine", MACHINES)
def test_the_program_is_one_that_the_kernel_takes(machine):
    program = seccomp.program(machine, OWN)
    assert len(program) <= 4096
    for at, (code, yes, no, k) in enumerate(program):
        assert code in (LOAD, AND, RETURN, *JUMPS)
        assert 0 <= k < 2**32
        assert 0 <= yes < 256
        assert 0 <= no < 256
        if code in JUMPS:
            assert at + 1 + max(yes, no) < len(program), "it jumps out of the program"
        if code == LOAD:
            assert k % 4 == 0
            assert k < 64
        if code == RETURN:
            assert k in VERDICTS
    assert program[-1][0] == RETURN, "it runs out of the end"


@pytest.mark.parametrize("machine", MACHINES)
def test_every_part_of_the_program_can_be_reached(machine):
    program = seccomp.program(machine, OWN)
    reached = {0}
    for at, (code, yes, no, _) in enumerate(program):
        if at in reached and code != RETURN:
            reached |= {at + 1 + yes, at + 1 + no} if code in JUMPS else {at + 1}
    assert reached == set(range(len(program)))


ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
OTHERS = (0x40000003, 0x40000028, 0xC00000F3, 0)  # i386, 32-bit ARM, RISC-V, nothing

THREAD = 0x3D0F00  # the flags of pthread_create
FORK = 0x1200011  # the flags of fork

# name of the call, arguments, verdict; the numbers come from `KNOWN`
KNOWN = {
    "read": (0, 63), "write": (1, 64), "mmap": (9, 222), "exit_group": (231, 94),
    "getpid": (39, 172), "futex": (202, 98), "mkdirat": (258, 34), "ftruncate": (77, 46),
    "fcntl": (72, 25), "ioctl": (16, 29), "prctl": (157, 167), "clone": (56, 220),
    "socketpair": (53, 199), "openat": (257, 56), "fchmodat2": (452, 452), "newer": (500, 500),
}  # fmt: skip
CASES = [
    ("read", (0,), "allowed"),
    ("write", (1,), "allowed"),
    ("mmap", (), "allowed"),
    ("exit_group", (), "allowed"),
    ("getpid", (), "allowed"),
    ("futex", (), "allowed"),
    ("mkdirat", (), "allowed"),
    ("ftruncate", (3, 0), "allowed"),
    *((name, (), "EPERM") for name in seccomp.REFUSED),
    ("execve", (OWN,), "EPERM"),
    # other processes
    ("kill", (OWN, 9), "allowed"),
    ("kill", (OWN + 1, 0), "EPERM"),
    ("kill", (0, 9), "EPERM"),  # the whole group
    ("kill", (-1, 9), "EPERM"),  # every process
    ("kill", (-OWN, 9), "EPERM"),
    ("kill", (1, 9), "EPERM"),
    ("kill", (OWN + 2**32, 9), "allowed"),  # the kernel reads the lower half, and so do we
    ("tgkill", (OWN, OWN + 7, 6), "allowed"),
    ("tgkill", (OWN + 1, OWN + 1, 6), "EPERM"),
    ("tgkill", (0, OWN, 6), "EPERM"),
    ("prlimit64", (0, 7), "allowed"),
    ("prlimit64", (OWN, 7), "allowed"),
    ("prlimit64", (1, 7), "EPERM"),
    ("sched_setaffinity", (0,), "allowed"),
    ("sched_setaffinity", (OWN + 1,), "EPERM"),
    ("fcntl", (3, 0), "allowed"),  # F_DUPFD
    ("fcntl", (3, 4), "allowed"),  # F_SETFL
    ("fcntl", (3, 8), "EPERM"),  # F_SETOWN
    ("fcntl", (3, 8 + 2**32), "EPERM"),
    ("fcntl", (3, 10), "EPERM"),  # F_SETSIG
    ("fcntl", (3, 15), "EPERM"),  # F_SETOWN_EX
    ("fcntl", (3, 1024), "EPERM"),  # F_SETLEASE
    ("fcntl", (3, 1026), "EPERM"),  # F_NOTIFY
    ("ioctl", (1, 0x5401), "allowed"),  # TCGETS: is it a terminal?
    ("ioctl", (1, 0x5412), "EPERM"),  # TIOCSTI types into one
    ("ioctl", (1, 0x8901), "EPERM"),  # FIOSETOWN
    ("ioctl", (1, 0x8902 + 2**32), "EPERM"),
    # threads, and nothing else
    ("clone", (THREAD,), "allowed"),
    ("clone", (FORK,), "EPERM"),
    ("clone", (THREAD & ~0x10000,), "EPERM"),
    ("clone", (0x10000 << 32,), "EPERM"),
    ("clone", (0,), "EPERM"),
    ("clone3", (), "ENOSYS"),
    ("prctl", (15,), "allowed"),  # PR_SET_NAME
    ("prctl", (16,), "allowed"),
    ("prctl", (0x53564D41,), "allowed"),
    ("prctl", (1, 0), "EPERM"),  # PR_SET_PDEATHSIG: to live on when the zygote dies
    ("prctl", (4, 1), "EPERM"),  # PR_SET_DUMPABLE
    ("prctl", (22,), "EPERM"),
    ("prctl", (38,), "EPERM"),
    # a datagram could be addressed to the system's log
    ("socketpair", (1, 1), "allowed"),
    ("socketpair", (1, 1 | 0o2004000), "allowed"),  # SOCK_CLOEXEC, SOCK_NONBLOCK
    ("socketpair", (1, 2), "EPERM"),
    ("socketpair", (1, 2 | 0o2000000), "EPERM"),
    ("socketpair", (1, 5), "EPERM"),
    ("socketpair", (30, 1), "EPERM"),  # AF_TIPC
    # files
    ("openat", (-100, 0, 0), "allowed"),
    ("openat", (-100, 0, 0o2000000), "allowed"),  # O_CLOEXEC
    ("openat", (-100, 0, 0o1 | 0o1000 | 0o100), "allowed"),  # open(…, "w")
    ("openat", (-100, 0, 0o2 | 0o1000), "allowed"),
    ("openat", (-100, 0, 0o1000), "EPERM"),  # O_RDONLY | O_TRUNC
    ("openat", (-100, 0, 0o1003), "EPERM"),
    ("openat", (-100, 0, 0o2 | 0o20200000), "EPERM"),  # O_TMPFILE
    ("openat2", (), "ENOSYS"),
    # what came after Linux 6.4
    ("fchmodat2", (), "ENOSYS"),
    ("newer", (), "ENOSYS"),
]


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_and_their_verdicts(machine):
    numbers = table(machine) | {name: pair[MACHINES[machine]] for name, pair in KNOWN.items()}
    program = seccomp.program(machine, OWN)
    # One machine has fewer calls; the other one runs the case.
    here = [case for case in CASES if numbers[case[0]] is not None]
    found = [
        (name, arguments, verdict(program, ARCHITECTURES[machine], numbers[name], arguments))
        for name, arguments, _ in here
    ]
    assert found == here


def test_open_has_the_rules_of_openat():
    program = seccomp.program("x86_64", OWN)
    for flags, expected in [(0, "allowed"), (0o1101, "allowed"), (0o1000, "EPERM")]:
        assert verdict(program, ARCHITECTURES["x86_64"], 2, (0, flags)) == expected


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_of_other_machines_are_deadly(machine):
    program = seccomp.program(machine, OWN)
    others = {*OTHERS, *ARCHITECTURES.values()} - {ARCHITECTURES[machine]}
    for architecture in others:
        assert verdict(program, architecture, 0) == "killed"
    for number in (0x40000000, 0x40000000 + 59, 2**32 - 1):  # x32, and -1
        assert verdict(program, ARCHITECTURES[machine], number) == "killed"


WORDS = """
read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 close close_range lseek
llseek dup dup2 dup3 pipe pipe2 poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl
epoll_ctl_old epoll_wait epoll_wait_old epoll_pwait epoll_pwait2 eventfd eventfd2 signalfd
signalfd4 timerfd_create timerfd_gettime timerfd_settime splice tee vmsplice sendfile
copy_file_range readahead fadvise64 fallocate ftruncate fsync fdatasync sync_file_range flock
fcntl ioctl inotify_add_watch inotify_rm_watch io_destroy io_submit io_cancel io_getevents
io_pgetevents sync_file_range2 open openat creat access faccessat faccessat2 stat fstat lstat
fstatat newfstatat statx statfs fstatfs ustat getdents getdents64 getcwd chdir fchdir mkdir
mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat readlink
readlinkat umask getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr sysfs mmap munmap
mremap mprotect madvise brk msync mincore mlock mlock2 mlockall munlock munlockall
remap_file_pages mbind set_mempolicy get_mempolicy pkey_alloc pkey_free pkey_mprotect membarrier
rseq shmdt cachestat rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend
rt_sigtimedwait sigaltstack pause alarm restart_syscall getitimer setitimer timer_create
timer_delete timer_getoverrun timer_gettime timer_settime nanosleep clock_nanosleep
clock_gettime clock_getres gettimeofday time times futex futex_waitv set_robust_list
get_robust_list set_tid_address gettid getpid getppid getuid geteuid getgid getegid getresuid
getresgid getgroups getpgrp getpgid getsid setpgid setsid capget capset getrlimit setrlimit
prlimit64 getrusage getpriority setuid setgid setreuid setregid setresuid setresgid setfsuid
setfsgid setgroups sched_yield sched_getaffinity sched_getattr sched_getparam sched_getscheduler
sched_get_priority_max sched_get_priority_min sched_rr_get_interval ioprio_get getcpu
sched_setaffinity sched_setscheduler sched_setparam sched_setattr uname sysinfo getrandom exit
exit_group wait4 waitid arch_prctl set_thread_area get_thread_area landlock_create_ruleset
landlock_add_rule landlock_restrict_self sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg
shutdown getsockname getpeername setsockopt getsockopt mq_timedreceive mq_getsetattr afs_syscall
getpmsg putpmsg security tuxcall vserver create_module get_kernel_syms query_module
arch_specific_syscall syscalls
"""
HARMLESS = set(WORDS.split())


@pytest.mark.parametrize("machine", MACHINES)
def test_no_call_is_forgotten(machine):
    """Each call is refused, or is in this list of what a computation needs or cannot misuse."""
    theirs = numbers_of(machine)
    program = seccomp.program(machine, OWN)
    allowed = {
        name
        for name, number in theirs.items()
        if verdict(program, ARCHITECTURES[machine], number) == "allowed"
    }
    assert allowed <= HARMLESS, sorted(allowed - HARMLESS)


def test_a_filter_needs_a_machine_that_it_knows(monkeypatch):
    monkeypatch.setattr(seccomp.platform, "machine", lambda: "riscv64")
    assert not seccomp.supported()
    with pytest.raises(OSError, match="riscv64"):
        seccomp.install()


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="only Linux has files without a name")
def test_the_flags_are_those_of_this_system():
    assert os.O_ACCMODE == seccomp._ACCESS_MODE
    assert os.O_TRUNC == seccomp._TRUNCATE
    assert os.O_TMPFILE == seccomp._NAMELESS | os.O_DIRECTORY
