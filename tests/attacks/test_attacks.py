"""The attacks as data: each can be built and states its points; the canary notices changes."""

import ast
import contextlib
import json
import os
import re
import signal
import socket
import sys
from collections import Counter
from pathlib import Path

import pytest
from IPython.core.inputtransformer2 import TransformerManager

import lossbook
from lossbook.exercises import chapter02
from lossbook.grading.marking.result import Answer, Result
from lossbook.grading.sandbox import wire
from lossbook.grading.sandbox.isolation import LAYERS
from tests.attacks import ATTACKS, EXERCISES, FAMILIES, Attack, Canary, attack, tools

PACKAGE = Path(lossbook.__file__).parent


@pytest.fixture(scope="module")
def canary():
    with Canary() as canary:
        yield canary


def honest():
    """As much of the notebook as the attacks touch."""
    cells = [
        {
            "cell_type": "code",
            "id": f"xsq-{name.replace('_', '-')}-answer",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": f"# the answer to {name}",
        }
        for name in EXERCISES
    ]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


# ----------------------------------------------------------------------------- what they say


def test_names_are_unique_and_every_family_is_large():
    assert max(Counter(one.name for one in ATTACKS).values()) == 1
    assert FAMILIES == ("accident", "forging", "reading", "escaping", "malformed")
    assert min(Counter(one.family for one in ATTACKS).values()) >= 12


def test_they_know_the_exercises_of_the_chapter():
    assert tuple(exercise.name for exercise in chapter02.EXERCISES) == EXERCISES


def test_expected_marks_and_messages_of_attacks():
    for one in ATTACKS:
        assert one.earns.keys() <= set(EXERCISES), one.name
        for share in one.earns.values():
            least, most = share if isinstance(share, tuple) else (share, share)
            assert 0 <= least <= most <= 1, one.name
        assert set(one.status.split("|")) <= {"graded", "partly run", "blank"}, one.name
        re.compile(one.message)
        certainly_lost = one.status == "blank" or any(share == 0 for share in one.earns.values())
        assert one.message or not certainly_lost or one.name in NOTHING_TO_SAY, one.name


# What is wrong with these is in the words of the answers, whatever they are.
NOTHING_TO_SAY = {
    "the shell rewrites the cells",
    "the shell runs nothing any more",
    "NumPy's own functions replaced by what they are compared with",
    "builtins replaced",
    "a derivation that calls itself done",
    "a thread that answers faster",
}


# -------------------------------------------------------------------------- how they are built


def test_each_is_built_and_leaves_the_honest_notebook_unchanged(canary, tmp_path):
    # Windows does not have all of these names and links.
    perhaps = contextlib.suppress(OSError) if sys.platform == "win32" else contextlib.nullcontext()
    for k, one in enumerate(ATTACKS):
        if one.name in ("150 MB of old outputs", "50,000 cells"):
            assert callable(one.data)  # large ones are made when they are needed
            continue
        notebook = honest()
        folder = tmp_path / str(k)
        folder.mkdir()
        with perhaps:
            assert os.path.lexists(one.write(folder, notebook, canary.known())), one.name
        assert notebook == honest(), one.name
    assert canary.breaches() == []


def test_cells_are_python_and_do_not_know_the_secret(canary):
    shell, compiled = TransformerManager(), set()
    for one in ATTACKS:
        built = one.build(honest(), canary.known()) if one.cells else b'{"cells": []}'
        for source in {cell["source"] for cell in json.loads(built)["cells"]} - compiled:
            compiled.add(source)
            assert canary.secret not in source, one.name
            if "attempt weighted_mean" not in source:  # formulas, and long ones
                source = shell.transform_cell(source)
                compile(source, one.name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def test_the_modules_that_they_reach_for_exist():
    """A file that has moved is out of reach without any layer: the attack would prove nothing."""
    sources = "\n".join(str(source) for one in ATTACKS for _, source in one.cells)
    named = set(re.findall(r"exercises/[\w/]+\.py", sources))
    assert named
    assert [path for path in sorted(named) if not (PACKAGE / path).is_file()] == []


def test_the_answer_is_replaced_where_the_attack_says():
    where = attack.instead("newsagent", "tau = 0")
    built = Attack("x", "forging", cells=(where,)).build(honest(), {})
    sources = [cell["source"] for cell in json.loads(built)["cells"]]
    assert sources.count("tau = 0") == 1
    assert "# the answer to newsagent" not in sources
    assert "# the answer to even_and_odd" in sources


def test_all_layers_together_stop_every_attack():
    for one in ATTACKS:
        assert one.stopped_by(LAYERS), one.name
        assert one.stopped_by(()) == (one.defence == "grader"), one.name


def test_an_unknown_defence_is_refused():
    with pytest.raises(ValueError, match="defence must be one of"):
        Attack("x", "forging", defence="paper")


# ---------------------------------------------------------------------------- their own tools


def test_their_frames_are_those_of_the_wire():
    framed = tools.frame({"kind": "value", "value": [1, "two"]})
    assert wire.length_of(framed[:4]) == len(framed) - 4
    assert wire.decode(framed[4:]) == ({"kind": "value"}, [1, "two"])


def test_the_secret_is_recognised_and_its_known_half_is_not(monkeypatch, capsys):
    monkeypatch.setattr(tools, "CANARY", {"half": "0123456789abcdef", "marks": "/nowhere/"})
    monkeypatch.setattr(tools, "breaches", [])
    tools.token_in("0123456789abcdef, lossbook-canary-0123456789abcdef", "the half")
    assert tools.breaches == []
    tools.token_in(b"LOSSBOOK_CANARY=0123456789abcdef-fedcba9876543210", "all of it")
    assert tools.breaches == ["all of it"]
    assert capsys.readouterr().out == "BREACH: all of it\n"


def test_a_call_that_fails_is_no_breach(monkeypatch):
    monkeypatch.setattr(tools, "breaches", [])
    assert tools.tries("divides", lambda: 1 / 0) is None
    assert tools.breaches == []


# ------------------------------------------------------------------------------------ the canary


def change_a_file(known):
    with open(known["files"][1], "a") as file:
        file.write("10 points")


def change_a_time(known):
    os.utime(known["files"][0], (0, 0))


def end_a_process(known):
    os.kill(known["sleeper"], signal.SIGTERM)


def connect(known):
    with socket.create_connection(("127.0.0.1", known["port"])) as one:
        one.recv(1)  # it hangs up once it has noted the visit


def leave_a_mark(known):
    with open(known["marks"] + "x", "w"):
        pass


def make_a_folder(known):
    os.mkdir(known["folder"] + "/new")


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (change_a_file, "changed .*gradebook"),
        (change_a_time, "changed .*seed"),
        (end_a_process, "ended another process"),
        (connect, "reached a port"),
        pytest.param(
            leave_a_mark,
            "left /tmp/lossbook-breach",
            marks=pytest.mark.skipif(not os.path.isdir("/tmp"), reason="there is no /tmp"),
        ),
        (make_a_folder, "changed .*new"),
    ],
)
def test_the_canary_notices_changes_and_is_restored(canary, act, says):
    act(canary.known())
    if act is end_a_process:
        canary._sleeper.wait()
    elif act is connect:
        while not canary._visits:
            pass
    assert any(re.search(says, sentence) for sentence in canary.breaches())
    assert canary.breaches() == []


def test_the_canary_leaves_nothing_behind():
    with Canary() as canary:
        known = canary.known()
    assert not any(map(os.path.exists, [known["folder"], known["shared"]]))
    assert os.environ.get("LOSSBOOK_CANARY") != canary.secret


# -------------------------------------------------------------------------------- the verdict


def result(earned=1.0, status="graded", notes=(), call=()):
    answer = Answer("newsagent", "", "number", 2, 2 * earned, "solved", call=call)
    score = None if status == "blank" else 2 * earned
    answers = () if status == "blank" else (answer,)
    return Result("ada", "a.ipynb", "02", "", status, score, 2, answers, notes=notes)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (result(), ""),
        (result(earned=0.5), "earned 50%"),
        (result(status="partly run"), "status is 'partly run'"),
        (result(status="blank"), "status is 'blank'"),
        (result(notes=("BREACH: reads the seed",)), "BREACH"),
        (result(call=("yours  " + "x" * 10_000,)), "10007 characters"),
    ],
)
def test_differences_from_the_expected_result(given, complaint):
    found = Attack("x", "reading").differences(given)
    assert bool(found) == bool(complaint)
    assert complaint in " ".join(found)


def test_a_range_of_points_and_a_sentence():
    one = Attack("x", "forging", earns={"newsagent": (0, 0.3)}, message="in 10 seconds")
    assert one.differences(result(0.25, notes=("Cell 3 did not end in 10 seconds.",))) == []
    assert one.differences(result(0.25)) == ["no sentence says 'in 10 seconds'"]
    assert "should have earned (0, 0.3)" in one.differences(result(1.0))[0]
