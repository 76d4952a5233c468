"""Run every test whose numbers may move as if on other machines, and say where they are red.

    python -m tests.elsewhere                  every surrounding
    python -m tests.elsewhere nehalem no-home  those named
    python -m tests.elsewhere --short          two runs of the chapters, which vary everything
    python -m tests.elsewhere --list           what would run here; what would not, and why

A surrounding is a set of environment variables. Three of them change the last bits of numbers:
OPENBLAS_CORETYPE chooses the kernels of matrix products, NPY_DISABLE_CPU_FEATURES those of NumPy's
own loops, GLIBC_TUNABLES those of the C library's exp, log, sin and pow. The exit status is 1 if a
surrounding is red.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from numpy._core import _multiarray_umath as numpy_core

ROOT = Path(__file__).parents[1]
CHAPTERS = ("information", "margin", "network", "regression", "softmax", "svm")
QUICK = [
    *sorted(str(path) for name in CHAPTERS for path in ROOT.glob(f"tests/test_{name}*.py")),
    *sorted(str(path) for name in CHAPTERS for path in ROOT.glob(f"lossbook/{name}*")),
    "notebooks",
]
TESTS = [*QUICK, "tests/derive", "tests/exercises", "exercises"]
PYTEST = [sys.executable, "-m", "pytest", "-q", "-n", "auto", "--dist", "loadscope", "-rfE"]

# NumPy raises a warning for a feature that it does not dispatch on; the names change with its
# versions: AVX2, FMA3, AVX512F, … up to 2.3, X86_V3, X86_V4 from 2.4 on.
_DISPATCHED = [name for name in numpy_core.__cpu_dispatch__ if numpy_core.__cpu_features__[name]]
NO_SIMD = {"NPY_DISABLE_CPU_FEATURES": " ".join(_DISPATCHED)}
NO_512 = {
    "NPY_DISABLE_CPU_FEATURES": " ".join(
        name for name in _DISPATCHED if name.startswith(("AVX512", "X86_V4"))
    )
}
NO_FMA = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4"}
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
NO_HOME = {"HOME": "/proc/nohome"}

# name: what it sets, and whether that is meant to change last bits
SURROUNDINGS = {
    "haswell": ({"OPENBLAS_CORETYPE": "Haswell"}, True),
    "zen": ({"OPENBLAS_CORETYPE": "Zen"}, True),
    "skylakex": ({"OPENBLAS_CORETYPE": "SkylakeX"}, True),
    "nehalem": ({"OPENBLAS_CORETYPE": "Nehalem"}, True),
    "no-avx512": (NO_512, True),
    "no-simd": (NO_SIMD, True),
    "no-fma": (NO_FMA, True),
    "one-thread": ({"OMP_NUM_THREADS": "1"}, False),
    "two-threads": ({"OMP_NUM_THREADS": "2"}, False),
    "c-locale": (C_LOCALE, False),
    "hash-1": ({"PYTHONHASHSEED": "1"}, False),
    "hash-2": ({"PYTHONHASHSEED": "2"}, False),
    "no-home": (NO_HOME, False),
    "cp1252": ({"PYTHONIOENCODING": "cp1252"}, False),
    "gbk": ({"PYTHONIOENCODING": "gbk"}, False),
}
SHORT = {
    "an old machine": (
        {"OPENBLAS_CORETYPE": "Nehalem", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "1"}
        | NO_SIMD
        | NO_FMA
        | NO_HOME
        | {"PYTHONIOENCODING": "cp1252"},
        False,
    ),
    "another language": (
        {"OMP_NUM_THREADS": "2", "PYTHONHASHSEED": "2", "PYTHONIOENCODING": "gbk"}
        | NO_512
        | C_LOCALE,
        False,
    ),
}

# The bits that a surrounding gives, so that none is run twice, and none that this machine has not.
_BITS = """
import hashlib, warnings
warnings.simplefilter("error")
import numpy as np, scipy.linalg
x = np.random.default_rng(0).normal(size=(300, 300))
y = np.abs(x)
single = x.astype(np.float32)
made = [x @ x, x @ x[0], np.linalg.svd(x)[1], scipy.linalg.solve(x, x[0]), np.exp(x), np.log(y),
    np.tanh(x), np.log1p(y), y**1.3, np.sin(x), x.sum(), x.std(1), single.sum(1), np.exp(single)]
print(hashlib.sha256(b"".join(np.ascontiguousarray(one).tobytes() for one in made)).hexdigest())
"""
_NO_INSTRUCTION = {-getattr(signal, "SIGILL", 4), 0xC000001D}  # POSIX, Windows


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SURROUNDINGS))
    parser.add_argument("--short", action="store_true", help="two runs, of the chapters")
    parser.add_argument("--list", action="store_true", help="run nothing, say what would run")
    args = parser.parse_args(argv)
    if unknown := set(args.names) - SURROUNDINGS.keys():
        parser.error(f"no surrounding is called {', '.join(sorted(unknown))}")
    chosen = SHORT if args.short else {name: SURROUNDINGS[name] for name in args.names}
    rows = []
    for name, (changes, why) in planned(chosen or SURROUNDINGS).items():
        told = why or " ".join(f"{key}={value!r}" for key, value in changes.items())
        print(f"=== {name}: {told}", flush=True)
        if why:
            rows.append((name, "skipped", why, 0))
        elif not args.list:
            rows.append((name, *run(changes, QUICK if args.short else TESTS)))
    if args.list:
        return 0
    print(f"\n{'surrounding':<18} {'':<8} {'seconds':>7}")
    for name, verdict, said, seconds in rows:
        print(f"{name:<18} {verdict:<8} {seconds:>7.0f}  {said}")
    return int(any(verdict == "RED" for _, verdict, _, _ in rows))


def planned(chosen):
    """Name → (variables, why it is skipped or "")."""
    seen, plan = {}, {}
    for name, (changes, for_bits) in chosen.items():
        why = ""
        if for_bits:
            seen = seen or {bits({})[0]: "this machine as it is"}
            found, why = bits(changes)
            if found in seen:
                why = f"gives the same bits as {seen[found]}"
            elif not why:
                seen[found] = name
        plan[name] = changes, why
    return plan


def bits(changes):
    """(a digest of what NumPy and SciPy compute there, why that is impossible or "")."""
    done = subprocess.run(
        [sys.executable, "-c", _BITS], env=os.environ | changes, capture_output=True, text=True
    )
    if done.returncode in _NO_INSTRUCTION:
        return "", "this processor lacks the instructions"
    if done.returncode:
        raise SystemExit(f"{changes}: {done.stderr}")
    return done.stdout, ""


def run(changes, tests):
    """Run tests there: ("green" or "RED", pytest's last line, seconds)."""
    start = time.perf_counter()
    done = subprocess.run(
        [*PYTEST, *tests],
        cwd=ROOT,
        env=os.environ | {"LOSSBOOK_CACHE": "off"} | changes,  # or derivations are only recalled
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        print(done.stdout, flush=True)
    lines = done.stdout.strip().splitlines() or ["nothing was said"]
    said = re.sub(r" in \d.*| *=+ *", "", lines[-1])
    return "RED" if done.returncode else "green", said, time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
