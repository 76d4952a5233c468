"""The isolation layers of the sandbox: what a process gives up before it runs students' code.

    limits        memory, CPU time, size of files, open files, threads (POSIX)
    capabilities  the privileges that root would have (Linux)
    Landlock      which files may be opened, no TCP, no signals to others (Linux ≥ 5.13)
    seccomp       which system calls there are (Linux; seccomp.py)
    namespaces    a process table, a network and a file tree of its own (bubblewrap)

A process applies each layer but the last to itself, for good and without a privilege. A tier is a
word for a set of layers.
"""

import contextlib
import ctypes
import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

LAYERS = ("limits", "capabilities", "landlock", "seccomp", "namespaces")
# No --die-with-parent: a parent is the *thread* that started it, and graders' threads come and go.
NAMESPACES = ("--unshare-all", "--new-session", "--proc", "/proc", "--dev", "/dev")

MEMORY = 1 << 30  # bytes that a process may take beyond what it begins with
CPU = 150  # seconds; beyond the limit of a submission, which is in force before
FILE = 16 << 20  # bytes of one file
OPEN_FILES = 64
THREADS = 256  # beyond those that the user has; the kernel lets root have any number
SETUP_FAILED = 97  # exit status of a process whose layers could not be applied

FULL, STRONG, PROCESS = "full", "strong", "process"
TIERS = {
    FULL: "namespaces, Landlock and seccomp",
    STRONG: "Landlock and seccomp",
    PROCESS: "a process of its own and nothing else: files and network are open",
}


def tier_of(layers) -> str:
    """The tier of a set of layers.

    >>> tier_of(LAYERS)
    'full'
    """
    if not {"landlock", "seccomp", "limits", "capabilities"} <= set(layers):
        return PROCESS
    return FULL if "namespaces" in layers else STRONG


def limits(address_space: int, threads: int | None = None) -> None:
    """Limit what the process can take: its address space in bytes, all else as above.

    `threads` is how many the user already has, in all processes; None sets no limit.
    """
    import resource

    bounds = {
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_CPU: (CPU, CPU + 1),  # SIGXCPU says why; a second later it is SIGKILL
        resource.RLIMIT_FSIZE: (FILE, FILE),
        resource.RLIMIT_NOFILE: (OPEN_FILES, OPEN_FILES),
    }
    if sys.platform == "linux":  # elsewhere address space is counted so that nothing would run
        bounds[resource.RLIMIT_AS] = (address_space, address_space)
        bounds[resource.RLIMIT_DATA] = (address_space, address_space)  # not that of the grader
    if threads is not None:
        bounds[resource.RLIMIT_NPROC] = (threads + THREADS, threads + THREADS)
    for kind, pair in bounds.items():
        _, hard = resource.getrlimit(kind)
        if hard != resource.RLIM_INFINITY:
            pair = tuple(min(bound, hard) for bound in pair)
        resource.setrlimit(kind, pair)


@contextlib.contextmanager
def limited_memory(size: int) -> Iterator[None]:
    """Let this process take `size` bytes more than now, and then fail with MemoryError.

    On Linux only: macOS and Windows have no such limit.
    """
    if sys.platform != "linux":
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    pages = int(Path("/proc/self/statm").read_text().split()[5])
    bounds = [pages * os.sysconf("SC_PAGE_SIZE") + size, soft, hard]
    least = min(bound for bound in bounds if bound != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_DATA, (least, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def count_user_threads() -> int | None:
    """How many threads this user has in all processes; None where the system does not tell."""
    if sys.platform != "linux":
        return None
    return sum(_threads_of(folder) for folder in Path("/proc").iterdir() if folder.name.isdigit())


def _threads_of(folder):
    try:
        lines = Path(folder, "status").read_text(errors="replace").splitlines()
    except OSError:  # it has just ended, or belongs to another user
        return 0
    status = dict(line.split(":", 1) for line in lines if ":" in line)
    return int(status["Threads"]) if int(status["Uid"].split()[0]) == os.getuid() else 0


def address_space() -> int:
    """The address space in bytes that this process takes now; 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def drop_capabilities() -> None:
    """Give up every privilege of root; changes nothing for other users."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(64):
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    if libc.capset(header, (ctypes.c_uint32 * 6)()):
        number = ctypes.get_errno()
        raise OSError(number, f"capset: {os.strerror(number)}")


def die_with_parent() -> None:
    """Be killed when the thread that forked this process ends. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)  # PR_SET_PDEATHSIG, SIGKILL


def hide_memory() -> None:
    """Forbid other processes of the same user to read this process's memory. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE


def landlock(readable: list[Path], writable: list[Path]) -> None:
    """Allow only files under these paths; no TCP, no signals and no sockets to other processes."""
    from landlockpy import AccessFS, Ruleset, Scope

    read = AccessFS.READ_FILE | AccessFS.READ_DIR
    files = AccessFS.READ_FILE | AccessFS.WRITE_FILE | AccessFS.TRUNCATE
    # No REMOVE_FILE: an unlinked file uses disk space while it is open or mapped, and the quota
    # check cannot see it.
    write = files | AccessFS.READ_DIR | AccessFS.MAKE_REG | AccessFS.MAKE_DIR
    with Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL) as rules:
        for path in readable:
            rules.allow_path(path, read if path.is_dir() else AccessFS.READ_FILE)
        for path in writable:
            rules.allow_path(path, write if path.is_dir() else files)
        rules.restrict()


def roots(paths, without) -> list[Path]:
    """A few folders that hold all of `paths` and do not hold `without`.

    Nested Landlock domains intersect: the zygote has listed every readable file once, so its
    children need only a coarse list that leaves out the other children's folders.
    """
    return sorted({_highest(Path(path).resolve(), Path(without).resolve()) for path in paths})


def _highest(path, without):
    """The highest ancestor of a path that does not hold `without`."""
    ancestors = [path, *path.parents][::-1][1:]  # from /usr down to the path itself
    return next(one for one in ancestors if one not in (without, *without.parents))


def readable(forbidden=(), also=()) -> list[Path]:
    """The files that may be read inside: Python, its packages but the forbidden ones, libraries.

    Landlock allows whole trees without exceptions, so folders with packages are listed entry by
    entry. `forbidden` names modules; `also` are further paths.
    """
    spelled = {name.lower() for name in forbidden} | {_DISTRIBUTIONS.get(n, n) for n in forbidden}
    stdlib = {Path(sysconfig.get_path(kind)) for kind in ("stdlib", "platstdlib")}
    paths = {entry for folder in stdlib | _packages() for entry in _entries(folder, spelled)}
    for root in ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib"):
        paths |= {entry for entry in _entries(Path(root)) if not entry.name.startswith("python")}
    paths |= {Path(sys.base_prefix, "lib", name) for name in _own_libraries()}
    paths |= {Path(path) for path in [*_SYSTEM, *also]}
    return sorted(path for path in paths if path.exists())


def _packages():
    """The folders of installed packages.

    What else is in sys.path is a project installed to be edited: the sandbox needs none, and it
    may hold solutions.
    """
    return {Path(entry) for entry in sys.path if Path(entry).name in PACKAGES}


_DISTRIBUTIONS = {"sklearn": "scikit_learn"}
PACKAGES = ("site-packages", "dist-packages")
_SYSTEM = (
    "/usr/share/zoneinfo", "/usr/share/fonts", "/usr/share/locale", "/etc/ld.so.cache",
    "/etc/localtime", "/etc/fonts", "/dev/null", "/dev/zero", "/dev/urandom", "/dev/random",
    "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu",
)  # fmt: skip


def _entries(folder, without=()):
    """The entries of a folder, except packages that are forbidden or listed elsewhere."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    if "__pycache__" in names and without:  # it may hold compiled copies of forbidden modules
        names.remove("__pycache__")
        names += [f"__pycache__/{name}" for name in os.listdir(folder / "__pycache__")]
    return [
        folder / name
        for name in names
        if name not in PACKAGES and not any(_is_of(Path(name).name, one) for one in without)
    ]


def _is_of(name, package):
    """Whether an entry of site-packages belongs to a package: lossbook, lossbook-0.1.dist-info."""
    name = name.lower().removeprefix("__editable__").lstrip("._-")
    return name == package or name.startswith((package + "-", package + ".", package + "_"))


def _own_libraries():
    """The interpreter's own shared libraries, beside and not inside of its standard library."""
    folder = Path(sys.base_prefix, "lib")
    return [name for name in os.listdir(folder) if ".so" in name] if folder.is_dir() else []
