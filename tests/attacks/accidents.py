"""Accidents and denial of service: hangs, crashes, and use of all memory, disk, time or output."""

from functools import partial

from tests.attacks.attack import (
    ANY,
    LAD,
    LINE,
    ROOT,
    Attack,
    end,
    instead,
    start,
    wrong,
)

_LATE = r"did not (end|finish)|had not (ended|finished)|seconds|\d s\b|took"
_DIED = r"died|ended (itself|the process)|process|signal|crash|kill|memory|exit"
_PRINTED = r"print|output|wrote"
_STOPPED = f"{_LATE}|{_DIED}"

accident = partial(Attack, family="accident")
# What is lost is one cell that nothing depends on.
costs_a_cell = partial(accident, status="partly run", message=_STOPPED)
# A slip that a notebook survives.
harmless = partial(accident, status="graded")

ATTACKS = (
    costs_a_cell("endless loop in a cell", cells=(end("while True:\n    pass"),), message=_LATE),
    costs_a_cell("sleeps for a day before anything else", message=_LATE, cells=(start("""
        import time
        time.sleep(86400)
        """),)),
    costs_a_cell("endless loop that is deaf to every signal", message=_LATE, cells=(end("""
        import signal
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass
        """),)),
    costs_a_cell("two cells hang", message=_LATE, cells=(
        start("while True:\n    pass"), end("import time\ntime.sleep(86400)"),
    )),
    accident("thirty cells hang", cells=(start("while True:\n    pass"),) * 30,
        earns=ANY, status="partly run|blank", message=_LATE),
    costs_a_cell("a regular expression that never ends", message=_LATE, cells=(end("""
        import re
        re.match("(a+)+$", "a" * 60 + "b")
        """),)),
    costs_a_cell("a number with too many digits", message=_STOPPED, cells=(end("""
        number = 7 ** 7 ** 10
        """),)),
    costs_a_cell("a value that never finishes showing itself", message=_LATE, cells=(end("""
        class Endless:
            def __repr__(self):
                while True:
                    pass
        print(Endless())
        """),)),
    costs_a_cell("waits for something that never comes", message=_LATE, cells=(end("""
        import asyncio
        await asyncio.sleep(86400)
        """),)),
    costs_a_cell("endless loop below the answer, in one cell", earns={LINE: 0}, message=_LATE,
        cells=(instead(LINE, """
        def huber_regression(X, y, delta):
            return np.zeros(X.shape[1])

        while True:
            pass
        """),)),
    accident("endless loop in a function", earns={ROOT: 0}, status="graded|partly run",
        message=_LATE, cells=(wrong(value="[None for _ in iter(int, 1)]"),)),
    accident("endless loop for large inputs only", earns={LAD: (0, 0.9)},
        status="graded|partly run", message=_LATE, cells=(end("""
        honest_lad = least_absolute_deviations
        def least_absolute_deviations(X, y):
            while len(y) > 8:
                pass
            return honest_lad(X, y)
        check(least_absolute_deviations)
        """),)),
    accident("a function that takes just too long", earns={LINE: 0}, status="graded|partly run",
        message=_LATE, cells=(instead(LINE, """
        def huber_regression(X, y, delta):
            import time
            time.sleep(30)
        """),)),
    # ----------------------------------------------------------------------------- dies
    costs_a_cell("os._exit in a cell", message=_DIED, cells=(end("os._exit(0)"),)),
    costs_a_cell("os.abort in the first cell", message=_DIED, cells=(start("os.abort()"),)),
    costs_a_cell("a crash in C", message=_DIED, cells=(end("ctypes.string_at(0)"),)),
    accident("a crash in C, with a handler that prints", status="partly run", message=_DIED,
        cells=(end("import faulthandler\nfaulthandler.enable()\nctypes.string_at(0)"),)),
    accident("os._exit in a function", earns={ROOT: 0}, status="graded|partly run", message=_DIED,
        cells=(wrong(value="os._exit(0)"),)),
    accident("a crash in a function", earns={LAD: 0}, status="graded|partly run", message=_DIED,
        cells=(instead(LAD, """
        def least_absolute_deviations(X, y):
            return ctypes.string_at(0)
        """),)),
    accident("stops itself", status="graded|partly run", message="", defence="processes",
        cells=(end("""
        import signal
        os.kill(os.getpid(), signal.SIGSTOP)
        """),)),
    accident("kills itself", status="graded|partly run", cells=(end("""
        import signal
        os.kill(os.getpid(), signal.SIGKILL)
        """),)),
    accident("dies a second after the cell", earns=ANY, status="graded|partly run|blank",
        cells=(start("""
        import faulthandler
        faulthandler.dump_traceback_later(1, exit=True)
        """),)),
    harmless("sys.exit, exit and quit", cells=(start("exit()"), end("quit()"), end("sys.exit(3)"))),
    harmless("asks a question", cells=(start("name = input('Your name? ')"),
        end("import getpass\ngetpass.getpass()"), end("sys.stdin.read()"))),
    harmless("waits in the debugger", cells=(end("import pdb\npdb.set_trace()"),
        end("%pdb on"), end("1 / 0"), end("%debug"), end("breakpoint()"))),
    harmless("endless recursion", cells=(end("def f():\n    return f()\nf()"),)),
    accident("recursion without a limit", status="graded|partly run", cells=(end("""
        sys.setrecursionlimit(2 ** 30)
        def deeper():
            return max([0], key=lambda _: deeper())
        deeper()
        """),)),
    # ----------------------------------------------------------------- memory and threads
    accident("8 GB in steps", status="graded|partly run", message=_STOPPED, defence="limits",
        cells=(end("""
        blocks = []
        for _ in range(128):
            blocks.append(b"x" * (64 << 20))
        else:
            breach("8 GB of memory")
        """),)),
    accident("50 GB at once", status="graded|partly run", defence="limits", cells=(end("""
        tries("50 GB at once", np.empty, 50 << 27)
        """),)),
    accident("8 GB in a function", earns={ROOT: 0}, status="graded|partly run", message=_STOPPED,
        defence="limits", cells=(wrong(value='[b"x" * (64 << 20) for _ in range(128)] and 1.0'),)),
    accident("8 GB of mapped memory", status="graded|partly run", defence="limits", cells=(end("""
        import mmap
        maps = []
        for _ in range(128):
            maps.append(mmap.mmap(-1, 64 << 20))
            maps[-1].write(b"x" * (64 << 20))
        else:
            breach("8 GB of mapped memory")
        """),)),
    accident("a list without end", status="graded|partly run", message=_STOPPED, defence="limits",
        cells=(end("import itertools\neverything = list(itertools.count(10 ** 9))"),)),
    accident("10,000 threads", earns=ANY, status="graded|partly run", defence="limits",
        cells=(end("""
        import threading, time
        for _ in range(10_000):
            threading.Thread(target=time.sleep, args=(86400,), daemon=True).start()
        """),)),
    accident("threads go on after the cell", status="graded|partly run", earns=ANY,
        cells=(start("""
        import threading
        def busy():
            while True:
                sum(range(1000))
        for _ in range(4):
            threading.Thread(target=busy).start()
        """),)),
    # -------------------------------------------------------------------- paper and disk
    costs_a_cell("prints 1 GB", message=_PRINTED, defence="limits", cells=(end("""
        for _ in range(1024):
            print("x" * (1 << 20))
        """),)),
    costs_a_cell("prints one line of 200 MB", message=_PRINTED, defence="limits", cells=(end("""
        print("x" * (200 << 20))
        """),)),
    costs_a_cell("prints 1 GB past Python", message=_PRINTED, defence="limits", cells=(end("""
        for _ in range(1024):
            os.write(2, b"x" * (1 << 20))
        """),)),
    accident("a thread prints for ever", earns=ANY, status="graded|partly run|blank",
        message=_PRINTED, defence="limits", cells=(start("""
        import threading
        def talk():
            while True:
                os.write(1, b"x" * 65536)
        threading.Thread(target=talk, daemon=True).start()
        """),)),
    accident("prints in a function", earns={ROOT: (0, 1)}, status="graded|partly run",
        defence="limits", cells=(wrong(value="os.write(1, b'x' * (32 << 20)) and -1.0"),)),
    harmless("closes what it prints to", cells=(start("os.close(1)\nos.close(2)"),
        end("sys.stdout.close()\nsys.stdout = sys.stderr = None"))),
    accident("400 MB of files", status="graded|partly run", defence="limits", cells=(end("""
        for k in range(50):
            with open(f"large{k}", "wb") as file:
                file.write(b"x" * (8 << 20))
        import time
        time.sleep(2)
        breach("400 MB of files")
        """),)),
    accident("400 MB in a file that has no name any more", status="graded|partly run",
        defence="limits", cells=(end("""
        files = []
        for k in range(25):
            files.append(open("gone", "wb"))
            os.unlink("gone")
            for _ in range(16):
                files[-1].write(b"x" * (1 << 20))
            files[-1].flush()
        """),)),
    harmless("a file of 100 TB with nothing in it", defence="limits", cells=(end("""
        with open("sparse", "wb") as file:
            tries("a sparse file of 100 TB", file.truncate, 100 << 40)
        """),)),
    accident("50,000 small files", status="graded|partly run", defence="limits", cells=(end("""
        for k in range(50_000):
            open(f"{k}\\n\\x1b]0;{k}", "w").close()
        """),)),
    accident("folders in folders in folders", status="graded|partly run", cells=(end("""
        for _ in range(3000):
            os.mkdir("d")
            os.chdir("d")
        """),)),
    accident("folders without any permission", cells=(end("""
        os.makedirs("outer/inner")
        os.mkdir("outer/inner/closed", 0)
        os.umask(0o777)
        os.mkdir("closed")
        open("file", "w").close()
        """),), status="graded|partly run"),
    harmless("deletes the folder that it works in", cells=(start("""
        import shutil
        shutil.rmtree(os.getcwd(), ignore_errors=True)
        """),)),
    # ------------------------------------------------------------------- slips of a kind
    accident("deletes everything at the end", message="is not defined when",
        earns={ROOT: 0, LINE: 0, LAD: 0}, cells=(end("""
        for name in list(globals()):
            del globals()[name]
        """),)),
    accident("%reset", message="is not defined when", earns={ROOT: 0, LINE: 0, LAD: 0},
        cells=(end("%reset -f"),)),
    harmless("warnings as errors", cells=(start("""
        import warnings
        warnings.simplefilter("error")
        import numpy
        numpy.seterr(all="raise")
        """),)),
    harmless("500 figures and a window", cells=(end("""
        import matplotlib
        matplotlib.use("TkAgg", force=True)
        """), end("""
        import matplotlib.pyplot as plt
        for _ in range(60):
            plt.figure()
        plt.show()
        """))),
    accident("work that is left for the end", status="graded|partly run", cells=(end("""
        import atexit, time
        atexit.register(time.sleep, 86400)
        class Last:
            def __del__(self):
                time.sleep(86400)
        last = Last()
        """),)),
)  # fmt: skip
