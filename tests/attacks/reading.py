"""Reading the files of others: tests, seeds, submissions, the gradebook, /proc, the environment.

The answers here are the honest ones and keep their points; one of them is spoilt where a secret
was found. What may be looked at without harm, such as the names of files, is not counted.
"""

from functools import partial

from tests.attacks.attack import Attack, end, start

reader = partial(Attack, family="reading")


def looks(name, source, **more):
    """A cell at the end that looks for something."""
    return reader(name, cells=(end(source),), **more)


def opens(name, source, **more):
    """The same, if the isolation of files keeps the secret."""
    return reader(name, cells=(end(source),), defence="files", **more)


_NOTES = """
import tempfile
names = ("MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "IPYTHONDIR", "TMPDIR", "HOME")
folders = [os.environ.get(name) for name in names] + [tempfile.gettempdir(), "..", "../.."]
here = os.path.realpath(os.getcwd())
for folder in filter(None, folders):
    folder = os.path.realpath(folder)
    note = os.path.join(folder, "lossbook-breach-note")
    if folder.startswith("/tmp") and not (folder + "/").startswith(here + "/"):
        if os.path.exists(note):
            os.unlink(note)
            breach("finds a note in " + folder)
        try:
            open(note, "w").close()
        except OSError:
            pass
"""

ATTACKS = (
    # ------------------------------------------------------------------- tests and answers
    looks("imports the references", """
        import importlib
        for name in ("lossbook.regression", "lossbook.exercises.chapter02",
                     "lossbook.checking.spec", "lossbook.checking.cases",
                     "lossbook.grading.marking"):
            try:
                module = importlib.import_module(name)
            except BaseException:
                continue
            if any(hasattr(module, key) for key in ("EXERCISES", "Function", "mean_huber_loss")):
                breach("imports " + name)
        """),
    opens("imports the package from where it lies", """
        import importlib.util
        for name in ("regression.py", "exercises/chapter02/huber_regression.py",
                     "checking/spec.py"):
            path = os.path.join(CANARY["package"], name)
            spec = importlib.util.spec_from_file_location("found", path)
            module = importlib.util.module_from_spec(spec)
            tries("imports " + name, spec.loader.exec_module, module)
        """),
    opens("reads the exercises and their solutions", """
        modules = "regression.py", "exercises/chapter02/huber_regression.py"
        paths = [CANARY["package"] + "/" + name for name in modules]
        for course in CANARY["course"]:
            paths.append(course + "/exercises/solutions/02_squared_error_solutions.ipynb")
            paths.append(course + "/.git/HEAD")
        for path in paths:
            tries("reads " + path, lambda: open(path, "rb").read(1))
        """),
    opens("lists the course", """
        import glob
        for folder in (CANARY["package"] + "/exercises", CANARY["folder"], CANARY["home"]):
            tries("lists " + folder, os.listdir, folder)
            if glob.glob(folder + "/*"):
                breach("finds files in " + folder)
        """),
    opens("finds compiled copies of the tests", """
        import importlib.util
        path = CANARY["package"] + "/exercises/chapter02/huber_regression.py"
        cached = importlib.util.cache_from_source(path)
        tries("reads compiled tests", lambda: open(cached, "rb").read(1))
        for folder in sys.path:
            path = os.path.join(folder, "sklearn/linear_model/_quantile.py")
            tries("reads a forbidden package", lambda: open(path, "rb").read(1))
        """),
    looks("imports a forbidden package", """
        import importlib
        sys.meta_path[:] = [finder for finder in sys.meta_path if "frozen" in repr(finder).lower()
                            or "PathFinder" in repr(finder)]
        sys.path_importer_cache.clear()
        for name in ("sklearn", "sklearn.linear_model", "sklearn.linear_model._quantile"):
            sys.modules.pop(name, None)
            try:
                module = importlib.import_module(name)
            except BaseException:
                continue
            if hasattr(module, "QuantileRegressor"):
                breach("imports " + name)
        """, defence="files"),
    looks("searches the loaded modules for the reference", """
        for name, module in list(sys.modules.items()):
            for key in ("mean_huber_loss", "EXERCISES", "huber_regression"):
                if name != "__main__" and hasattr(module, key):
                    breach(f"{key} is loaded, in {name}")
        """),
    looks("searches memory for the seed", """
        import gc
        gc.unfreeze()
        for thing in gc.get_objects():
            if type(thing) in (dict, list, tuple, set):
                values = list(thing.values()) if type(thing) is dict else list(thing)
                for value in values[:1000]:
                    if type(value) in (str, bytes):
                        token_in(value[:100_000], "the secret lies in memory")
        """),
    looks("reads the local variables of everything that runs", """
        for names in frames_above():
            for key, value in list(names.items()):
                if type(value) in (str, bytes):
                    token_in(value[:100_000], "the secret is a variable")
                if key in ("reference", "expected", "seed_file") and value is not None:
                    breach("finds the variable " + key)
        """),
    reader("watches the random numbers being drawn", cells=(start("""
        import numpy
        draw = numpy.random.default_rng
        def watch(seed=None):
            if seed is not None and sys._getframe(1).f_globals.get("__name__") != "__main__":
                breach("sees a seed")
            return draw(seed)
        numpy.random.default_rng = watch
        """),)),
    looks("reads what the shell remembers of others", """
        shell = get_ipython()
        manager = shell.history_manager
        if manager is not None and getattr(manager, "enabled", False):
            for session, line, source in manager.get_tail(1000, raw=True):
                if session != manager.session_number:
                    breach("reads another session's history")
        """),
    # --------------------------------------------------------- seed, neighbours, gradebook
    opens("reads seed, gradebook, results and neighbours", """
        for path in CANARY["files"]:
            tries("reads " + path, lambda: open(path, "rb").read(1))
            tries("maps " + path, np.memmap, path, mode="r")
            tries("opens " + path, os.open, path, os.O_RDONLY)
            tries("opens a handle to read " + path,
                  lambda: os.read(os.open(f"/proc/self/fd/{os.open(path, 0o10000000)}", 0), 1))
        """),
    opens("reads with NumPy, SQLite, C and the shell's magics", """
        import sqlite3
        seed, book = CANARY["files"][:2]
        tries("np.fromfile", np.fromfile, seed, dtype="u1")
        tries("np.loadtxt", np.loadtxt, seed, dtype=str)
        tries("sqlite", lambda: sqlite3.connect(f"file:{book}?mode=ro", uri=True)
              .execute("attach database ? as other", (seed,)))
        C = ctypes.CDLL(None)
        C.fopen.restype = ctypes.c_void_p
        if C.fopen(seed.encode(), b"r"):
            breach("fopen")
        """),
    opens("reads through links of its own", """
        for path in CANARY["files"]:
            for k, link in enumerate((os.symlink, os.link)):
                try:
                    link(path, f"mine{k}")
                    data = open(f"mine{k}", "rb").read()
                except OSError:
                    continue
                token_in(data, "reads through a link")
        """),
    opens("reads the work of other submissions", """
        here = os.getcwd()
        for folder in ("..", "../..", "/tmp", "/var/tmp", "/dev/shm", "/run"):
            try:
                names = os.listdir(folder)
            except OSError:
                continue
            for name in names:
                if name.startswith("lossbook-canary-"):
                    breach("lists " + folder)
        """),
    reader("reads shared memory", defence="files", cells=(end("""
        from multiprocessing import shared_memory
        if CANARY["shared"]:
            tries("reads shared memory", lambda: open(CANARY["shared"], "rb").read(1))
            tries("attaches shared memory", shared_memory.SharedMemory,
                  os.path.basename(CANARY["shared"]))
        """),)),
    looks("reads every open file", """
        import fcntl
        for fd in range(3, 1024):
            try:
                kind = os.fstat(fd).st_mode
            except OSError:
                continue
            if stat.S_ISDIR(kind):
                breach("an open folder was left behind")
            if stat.S_ISREG(kind):
                try:
                    token_in(os.pread(fd, 1 << 20, 0), "an open file was left behind")
                except OSError:
                    pass
        """),
    # ------------------------------------------------------- /proc, environment, machine
    looks("reads the environment", """
        token_in(repr(dict(os.environ)), "the environment")
        C = ctypes.CDLL(None)
        pointer = ctypes.POINTER(ctypes.c_char_p).in_dll(C, "environ")
        k = 0
        while pointer and pointer[k] is not None:
            token_in(pointer[k], "the environment of C")
            k += 1
        """),
    looks("reads the environment that it was started with", """
        for path in ("/proc/self/environ", "/proc/thread-self/environ"):
            try:
                token_in(open(path, "rb").read(), path)
            except OSError:
                pass
        """),
    opens("reads the processes of others", """
        for pid in (CANARY["grader"], CANARY["sleeper"]):
            for name in ("environ", "maps", "mem", "cmdline", "stat"):
                tries(f"reads /proc/…/{name}", open, f"/proc/{pid}/{name}", "rb")
            for name in ("cwd", "root", "exe"):
                tries(f"follows /proc/…/{name}", os.readlink, f"/proc/{pid}/{name}")
            tries("lists its open files", os.listdir, f"/proc/{pid}/fd")
        """),
    opens("searches all processes for the secret", """
        try:
            pids = [name for name in os.listdir("/proc") if name.isdigit()]
        except OSError:
            pids = range(1, 100)
        for pid in pids:
            for name in ("environ", "cmdline"):
                try:
                    token_in(open(f"/proc/{pid}/{name}", "rb").read(1 << 20), f"/proc/*/{name}")
                except OSError:
                    pass
        """),
    opens("reads its own memory for the secret", """
        try:
            maps, memory = open("/proc/self/maps").read(), open("/proc/self/mem", "rb", 0)
        except OSError:
            maps = ""
        for line in maps.splitlines():
            first, last = (int(part, 16) for part in line.split()[0].split("-"))
            if "[" in line and "r" in line.split()[1] and last - first < 64 << 20:
                try:
                    memory.seek(first)
                    token_in(memory.read(last - first), "the secret lies in raw memory")
                except (OSError, OverflowError):
                    pass
        """),
    opens("reads the machine's own files", """
        for path in ("/etc/shadow", "/etc/sudoers", "/proc/kcore", "/dev/mem", "/dev/kmsg",
                     "/proc/1/environ", "/proc/1/root/etc/passwd", "/root/.bashrc",
                     "/var/log/syslog", "/proc/sysrq-trigger", "/boot/grub/grub.cfg"):
            tries("reads " + path, lambda: open(path, "rb").read(1))
        """),
    opens("reads who has an account", """
        tries("reads /etc/passwd", lambda: open("/etc/passwd", "rb").read(1))
        tries("reads /etc/hostname", lambda: open("/etc/hostname", "rb").read(1))
        """),
    opens("reads the home folder", """
        home = CANARY["home"]
        for path in ("", ".ssh", ".jupyter", ".config", ".local/share", ".cache"):
            tries("lists " + path, os.listdir, os.path.join(home, path))
        for path in (".bash_history", ".netrc", ".gitconfig", ".ssh/id_ed25519"):
            tries("reads " + path, lambda: open(os.path.join(home, path), "rb").read(1))
        """),
    opens("climbs out of the folder it works in", """
        for way in ["/usr/../"] + ["../" * k for k in range(1, 12)]:
            path = way + CANARY["files"][0].lstrip("/")
            tries("climbs " + path, lambda: open(path, "rb").read(1))
        """),
    # ---------------------------------------------------------- notes from student to student
    reader("leaves notes for the next student", defence="files", cells=(
        start(_NOTES),
    )),
    reader("looks for notes of the student before", defence="files", cells=(start(_NOTES),)),
    reader("finds what the student before has changed", cells=(start("""
        import builtins, numpy
        for thing in (builtins, numpy, sys, os):
            if getattr(thing, "lossbook_was_here", False):
                breach("a module remembers another student")
            thing.lossbook_was_here = True
        """),)),
    reader("poisons what others will import", defence="files", cells=(end("""
        import site, tempfile
        import numpy, IPython
        for path in (numpy.__file__, IPython.__file__, os.__file__, site.__file__):
            tries("opens to write " + path, open, path, "r+b")
            for folder in (os.path.dirname(path), os.path.dirname(path) + "/__pycache__"):
                tries("may write in " + folder, tempfile.TemporaryFile, dir=folder)
        """),)),
)  # fmt: skip
