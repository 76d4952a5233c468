"""Forged frames: bytes on every open socket, in advance, too many, too few, or none at all."""

from functools import partial

from tests.attacks.attack import ANY, PROOF, ROOT, Attack, end, instead, start
from tests.attacks.attack import wrong as answered

_STOPPED = r"died|ended|process|line|frame|protocol|bytes|finish|reply|channel|closed|exit|sandbox"

forger = partial(Attack, family="forging", message=_STOPPED)
in_a_cell = partial(forger, status="partly run")


def in_a_call(name, source, **more):
    """The first exercise does something to the sockets, and returns a wrong number."""
    more = {"message": r"\w+ \w+ \w+"} | more
    call = answered(f"def at_the_door():\n{source}", "at_the_door() or -1.0")
    return forger(name, cells=(call,), earns={ROOT: 0}, status="graded|partly run", **more)


def _derivation(lines):
    return instead(PROOF, lambda: "%%attempt weighted_mean\n" + lines())


def derives(name, lines, **more):
    """A derivation that is hard to read. Nothing runs it, but it is taken apart."""
    return Attack(
        name, "forging", cells=(_derivation(lines),), earns={PROOF: 0}, message=r"\w", **more
    )


ATTACKS = (
    in_a_cell("garbage on every socket", cells=(end("pour(os.urandom(65536))"),)),
    in_a_cell("right replies in advance", cells=(start("""
        for number in range(100):
            pour(frame({"op": "value", "id": number, "kind": "value", "ok": True, "value": 2.5}))
        """),)),
    in_a_cell("a frame of 4 GB is announced", cells=(end(r'pour(b"\xff\xff\xff\xff")'),)),
    in_a_cell("a frame that never ends", cells=(end("""
        import time
        pour(frame({"value": "x" * 1000})[:100])
        time.sleep(86400)
        """),)),
    in_a_cell("closes every socket", cells=(end("os.closerange(3, 256)"),)),
    in_a_cell("hangs up, and goes on", cells=(end("""
        import socket, time
        for fd in sockets():
            try:
                socket.socket(fileno=os.dup(fd)).shutdown(socket.SHUT_RDWR)
            except OSError:
                os.close(fd)
        time.sleep(86400)
        """),)),
    in_a_cell("puts a pipe of its own in place of every socket", cells=(end("""
        for fd in sockets():
            os.dup2(os.pipe()[0], fd)
        """),)),
    in_a_cell("fills every socket until nothing fits", cells=(end("""
        while True:
            pour(b"\\x10\\0\\0\\0" + b"x" * 65536)
        """),)),
    forger("sockets that do not wait", status="graded|partly run", message="", cells=(end("""
        for fd in sockets():
            os.set_blocking(fd, False)
        """),)),
    forger("reads the grader's questions away", status="graded|partly run", earns=ANY,
        cells=(start("""
        import threading
        def read():
            while True:
                for fd in sockets():
                    try:
                        os.read(fd, 1)
                    except OSError:
                        pass
        threading.Thread(target=read, daemon=True).start()
        """),)),
    forger("a thread that answers faster", status="graded|partly run", message="",
        earns={**ANY, ROOT: 0}, cells=(answered(), start("""
        import threading
        def answer():
            while True:
                pour(frame({**request(), "ok": True, "kind": "value", "value": 2.5}))
        threading.Thread(target=answer, daemon=True).start()
        """))),
    in_a_call("no frame at all", "    pour(b'HTTP/1.1 200 OK\\r\\n\\r\\n')"),
    in_a_call("a frame of nothing", "    pour(bytes(4))"),
    in_a_call("a head that is longer than its frame", "    pour(b'\\x08\\0\\0\\0' * 3)"),
    in_a_call("brackets in brackets in brackets",
        "    pour(frame(b'{\"value\":' + b'[' * 200_000 + b']' * 200_000 + b'}'))"),
    in_a_call("numbers that JSON does not know",
        "    pour(frame(b'{\"value\": NaN, \"id\": ' + b'9' * 100_000 + b'}'))"),
    in_a_call("arrays with a shape from nowhere", """
    for shape in ([-1], [2 ** 62, 4], [1e3], ["x"], None, [0] * 1000, [[1]]):
        pour(frame({**request(), "kind": "value", "value": {"a": "<f8", "s": shape}}))
    """),
    in_a_call("arrays of objects", """
    import pickle
    class Runs:
        def __reduce__(self):
            return (open, (CANARY["marks"] + "pickle", "w"))
    data = pickle.dumps(Runs())
    for kind in ("|O", "O", "|V8", "|S8", "M8[s]", "object"):
        pour(frame({**request(), "kind": "value", "value": {"a": kind, "s": [1]}}, data))
    pour(data)
    """),
    in_a_call("calls back what was not given", """
    for number in (0, -1, 10 ** 9, "exec"):
        pour(frame({"ask": number, "value": {"t": [[], {}]}}))
    while True:
        pour(frame({"ask": 0, "value": {"t": [{"t": []}, {"d": []}]}}))
    """),
    in_a_call("words of its own in place of ours", """
    pour(frame({**request(), "kind": "unusable", "words": "**give all the points**"}))
    """, never=("<strong>give",)),
    in_a_call("an error with a name of 10 MB", """
    pour(frame({"kind": "raised", "error": "x" * (10 << 20), "is_a": "exec", "value": None}))
    """),
    in_a_call("text of 30 MB", """
    pour(frame({"kind": "value", "words": "x", "value": "x" * (30 << 20)}))
    """),
    in_a_call("10 million empty lists", """
    pour(frame(b'{"kind": "value", "value": [' + b"[]," * (10 << 20) + b"0]}"))
    """),
    in_a_call("one long text among a million short ones", """
    texts = b'{"u": ["' + b"x" * (20 << 20) + b'"' + b',""' * (1 << 20) + b'], "s": [1048577]}'
    pour(frame(b'{"kind": "value", "value": ' + texts + b"}"))
    """),
    in_a_call("20 times 20 times 20 values", """
    nest = 0
    for _ in range(18):
        nest = {"t": [nest] * 2}
    pour(frame({"kind": "value", "value": nest}))
    """),
    in_a_call("passes open files along", """
    import array, socket
    for fd in sockets():
        try:
            door = socket.socket(fileno=os.dup(fd))
            extra = array.array("i", [0] * 200)
            door.sendmsg([frame({"value": None})], [(socket.SOL_SOCKET, 1, extra)])
        except OSError:
            pass
    """),
    # ------------------------------------------------- lines that a teacher reads
    derives("a tower of powers", lambda: "= " + "2^{" * 60 + "9" + "}" * 60),
    derives("a power that no memory can hold", lambda: "= 9^{9^{9^{9}}} \\sum_i w_i (y_i - c)^2"),
    derives("a line of a million signs", lambda: "= " + " + ".join(["w_1"] * 200_000)),
    derives("100,000 lines", lambda: "= \\sum_i w_i (y_i - c)^2\n" * 100_000),
    derives("50,000 brackets", lambda: "= " + "(" * 50_000 + "c" + ")" * 50_000),
    derives("sums in sums in sums",
        lambda: "= " + "".join(f"\\sum_{{i_{k}=1}}^{{n}} " for k in range(40)) + "w_i"),
    derives("powers of a sum", lambda: "= (" + " + ".join(f"w_{{{k}}}" for k in range(60))
        + ")^{60}"),
    derives("commands, scripts and zeros", lambda: "= \\input{/etc/passwd} \\write18{x} \0 "
        "<script>breached()</script>\n= $$\\def\\x{\\x\\x}\\x$$\n= " + "\\frac" * 500,
        never=("<script>breached",)),
)  # fmt: skip
