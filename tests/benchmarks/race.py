"""A fair race between two functions on a busy machine.

Both run in one process on one thread, in turns that swap who starts; the clock counts the
processor time of the process, not the time that neighbours take. The ratio is formed within each
turn, where both met the same machine, and the median and quartiles of the ratios are kept.

Import this module before NumPy: libraries read the number of threads when they are loaded.
"""

import gc
import os
import subprocess
import sys
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import NamedTuple

assert "numpy" not in sys.modules, "import race before NumPy, whose threads are started by now"
for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"


class Result(NamedTuple):
    """Median milliseconds of both, and quartiles of what was compared in each turn."""

    ours: float
    theirs: float
    low: float
    middle: float
    high: float


def race(ours, theirs, *, seconds=8, turns=41, least=0.02):
    """Time two functions in turns and compare them by the ratio ours / theirs.

    At most `turns` turns or `seconds`; each measurement repeats its function for `least` seconds.
    """
    functions = (ours, theirs)
    loops = [_calibrate(function, least) for function in functions]
    times = ([], [])
    gc.collect()
    gc.disable()
    end = perf_counter() + seconds
    for turn in range(turns):
        for who in (0, 1) if turn % 2 else (1, 0):
            times[who].append(_seconds(functions[who], loops[who]) / loops[who])
        if perf_counter() > end and turn >= 4:
            break
    gc.enable()
    return _summary(times, lambda our, their: our / their)


def race_scripts(ours, theirs, *, turns=15):
    """Run two scripts in fresh interpreters in turns; compare by the difference in milliseconds."""
    scripts = [f"{script}; import time; print(time.process_time())" for script in (ours, theirs)]
    times = ([], [])
    for turn in range(turns + 1):
        for who in (0, 1) if turn % 2 else (1, 0):
            seconds = subprocess.check_output([sys.executable, "-c", scripts[who]], text=True)
            if turn:  # turn 0 only warms the disk up
                times[who].append(float(seconds))
    return _summary(times, lambda our, their: 1e3 * (our - their))


def _calibrate(function, least):
    """How often `function` must run to last `least` seconds; the first run, a warm-up, is free."""
    function()
    loops = 1
    while (lasted := _seconds(function, loops)) < least:
        loops = max(loops + 1, int(1.2 * loops * least / max(lasted, 1e-6)))
    return loops


def _seconds(function, loops):
    start = process_time()
    for _ in range(loops):
        function()
    return process_time() - start


def _summary(times, compare):
    low, middle, high = quantiles(map(compare, *times), n=4, method="inclusive")
    ours, theirs = (1e3 * median(times[who]) for who in (0, 1))
    return Result(ours, theirs, low, middle, high)
