"""Feed the reader 100,000 damaged notebooks: no crash, and no more memory than a cap.

    python -m tests.benchmarks.fuzz_reading [count] [--seed 0]

Each input is a notebook or a script made from exercises/, with one to four accidents; a tenth
are zip files with accidents. Whatever comes but a Reading, an Unreadable or (from a zip file) a
ArchiveError is printed with its number, and the exit code is 1. The memory is what Python took at
its peak while one input was read; allowed are 4 MB and 40 times the length of the input.
"""

import argparse
import io
import json
import random
import resource
import sys
import tempfile
import time
import tracemalloc
import zipfile
from collections import Counter
from pathlib import Path

from lossbook.grading.submissions.archive import ArchiveError, Limits, unpack
from lossbook.grading.submissions.attempts import attempts
from lossbook.grading.submissions.content import Unreadable
from lossbook.grading.submissions.notebook import read

EXERCISES = Path(__file__).parents[2] / "exercises"
CODECS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "cp1252", "latin-1")
TOKENS = (
    *(b'{ } [ ] , : " \\ \\u \\ud800 \\u0000 null true -1e999 NaN <<<<<<<').split(),
    *(b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\x80", b"\xe5", b"\r", b"\n# %%\n", b"%%attempt x\n"),
    b"\n<<<<<<< a\n=======\n>>>>>>> b\n",
    b"get_ipython().run_cell_magic('attempt', 'x', '= a')",
)
VALUES = (None, True, -1, 10**30, 1e308, "", "x", "\ud800\0", [], {}, [[]], {"source": 3}, ["a", 1])
ALLOWED = 4_000_000, 40  # bytes, and times the length


def main(argv=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("count", nargs="?", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    limit = 2 << 30
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    notebooks = [path.read_bytes() for path in sorted(EXERCISES.rglob("*.ipynb"))]
    counts, failures, worst, slowest = Counter(), 0, (0.0, 0, 0), (0.0, 0)
    tracemalloc.start()
    began = time.perf_counter()
    for k in range(args.count):
        draw = random.Random(f"{args.seed} {k}")
        data, fed = _input(draw, notebooks)
        tracemalloc.reset_peak()
        before, start = tracemalloc.get_traced_memory()[0], time.process_time()
        try:
            came_to = fed(data, draw)
        except BaseException as error:  # whatever it is, it is a finding
            if isinstance(error, KeyboardInterrupt):
                raise
            print(f"input {k}: {type(error).__name__}: {error}")
            came_to, failures = "crash", failures + 1
        slowest = max(slowest, (time.process_time() - start, k))
        peak = tracemalloc.get_traced_memory()[1] - before
        worst = max(worst, (peak / (ALLOWED[0] + ALLOWED[1] * len(data)), k, peak))
        counts[came_to] += 1
    if worst[0] > 1:
        print(f"input {worst[1]}: {worst[2]:,} bytes are more than allowed")
        failures += 1
    _print(counts, worst, slowest, time.perf_counter() - began)
    return int(failures > 0)


def _input(draw, notebooks):
    """Bytes with accidents, and the function that is to survive them."""
    data = draw.choice(notebooks)
    kind = draw.random()
    if kind < 0.1:
        return _accidents(draw, _zip(draw, data), []), _open_zip
    if kind < 0.25:
        data, fed = _script(data), _read_script
    else:
        fed = _read_notebook
    if kind > 0.55:
        data = _rebuilt(draw, data)
    if draw.random() < 0.3:
        text = data.decode("utf-8", "replace")
        data = text.encode(draw.choice(CODECS), "replace")
    return _accidents(draw, data, notebooks), fed


def _accidents(draw, data, notebooks):
    for _ in range(draw.choice((0, 1, 1, 1, 2, 4))):
        at, upto = sorted(draw.randrange(len(data) + 1) for _ in range(2))
        short = min(upto, at + draw.choice((1, 1, 8, 300)))
        match draw.randrange(8):
            case 0:  # cut off
                data = data[:at]
            case 1:  # a hole
                data = data[:at] + data[short:]
            case 2:  # something in between
                data = data[:at] + draw.choice(TOKENS) + data[at:]
            case 3:  # other bytes
                data = data[:at] + draw.randbytes(short - at) + data[short:]
            case 4:  # twice
                data = data[:upto] + data[at:]
            case 5 if notebooks:  # the head of one, the tail of another
                data = data[:at] + draw.choice(notebooks)[at:]
            case 6:  # a pile of the same
                data = data[:at] + draw.choice(TOKENS) * draw.choice((30, 3000, 30000)) + data[at:]
            case _:  # one bit
                data = bytearray(data)
                if data:
                    data[at % len(data)] ^= 1 << draw.randrange(8)
                data = bytes(data)
    return data


def _rebuilt(draw, data):
    """The notebook with values of wrong kinds; still JSON."""
    try:
        notebook = json.loads(data)
    except ValueError:
        return data  # a script
    for _ in range(draw.randrange(1, 6)):
        place = notebook
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw.choice(keys)
            if not isinstance(place[key], (dict, list)) or draw.random() < 0.25:
                place[key] = draw.choice((*VALUES, notebook["cells"][0]))
                break
            place = place[key]
        if not isinstance(notebook.get("cells"), list) or not notebook["cells"]:
            break
    try:
        text = json.dumps(notebook, ensure_ascii=draw.random() < 0.5)
    except ValueError:
        return data  # it now contains itself
    return text.encode("utf-8", "surrogatepass")


def _script(data):
    cells = json.loads(data)["cells"]
    return "\n".join(
        f"# %%{' [markdown]' * (cell['cell_type'] != 'code')}\n" + "".join(cell["source"])
        for cell in cells
    ).encode()


def _zip(draw, data):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", draw.choice((0, 8))) as file:
        for k in range(draw.randrange(1, 5)):
            file.writestr(draw.choice(("a/{}.ipynb", "作{}.py", "../{}.py", "{}")).format(k), data)
    return made.getvalue()


def _read_notebook(data, draw, name="a.ipynb"):
    try:
        reading = read(data, name)
    except Unreadable as error:
        reading, why = None, str(error)
    if reading is None:
        assert why.endswith(".")
        assert why.isprintable()
        return "unreadable"
    assert reading.cells
    for one in (*attempts(reading.cells).values(), *(cell.source for cell in reading.cells)):
        one.encode()
        assert "\0" not in one
    return "read, with notes" if reading.notes else "read"


def _read_script(data, draw):
    return _read_notebook(data, draw, "a.py")


def _open_zip(data, draw):
    with tempfile.TemporaryDirectory() as folder:
        path, into = Path(folder, "a.zip"), Path(folder, "b", "c")
        path.write_bytes(data)
        try:
            entries = unpack(path, into, Limits(total=1_000_000))
        except ArchiveError:
            entries = None
        written = {one for one in Path(folder).rglob("*") if one.is_file()} - {path}
        assert written == {one.path for one in entries or () if one.path}
    return "zip not opened" if entries is None else "zip opened"


def _print(counts, worst, slowest, seconds):
    for kind, count in counts.most_common():
        print(f"{count:8,}  {kind}")
    print(f"{sum(counts.values()):8,}  in {seconds:.0f} s")
    print(
        f"most memory for its length: input {worst[1]}, {worst[2] / 1e6:.1f} MB, "
        f"{worst[0]:.0%} of what is allowed"
    )
    print(f"slowest: input {slowest[1]}, {slowest[0]:.2f} s")
    whole = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000
    print(f"the process, with tracing: {whole} MB")


if __name__ == "__main__":
    sys.exit(main())
