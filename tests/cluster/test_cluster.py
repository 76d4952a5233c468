"""A class graded on two Dask workers, one of which is killed half-way: run `make test-cluster`."""

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from tests.helpers.classroom import crowd

CLASS = 30


@pytest.fixture(scope="module")
def submissions(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class") / "submissions"
    crowd(folder, CLASS, plain=True)
    return folder


def grade(submissions, out, *more):
    """Run the command and return its exit status and what it said."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "lossbook.cli", "grade", submissions, "--chapter", "02"),
            *("--out", out, "--seed-file", submissions.parent / "seed.txt", *more),
        ],
        capture_output=True,
        text=True,
        timeout=600,
    )
    return done.returncode, done.stdout + done.stderr


def marks(out):
    """Student → what was earned in each exercise."""
    found = {}
    for path in sorted((out / "results").glob("*.json")):
        result = json.loads(path.read_text(encoding="utf-8"))
        assert result["student"] not in found
        earned = {answer["name"]: answer["earned"] for answer in result["answers"]}
        found[result["student"]] = (result["status"], earned)
    return found


def test_a_lost_worker_loses_nothing_and_doubles_nothing(submissions, tmp_path):
    from distributed import LocalCluster  # here, so that plain pytest can collect this file

    status, said = grade(submissions, tmp_path / "alone")
    assert status == 0, said
    over = threading.Event()
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        victim = next(iter(cluster.workers.values())).pid

        def kill():
            """Half-way: when a third of the results are there."""
            results = tmp_path / "together" / "results"
            while len(list(results.glob("*.json"))) < CLASS // 3 and not over.is_set():
                time.sleep(0.05)
            if not over.is_set():
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)

        killed = []
        killer = threading.Thread(target=kill)
        killer.start()
        status, said = grade(
            submissions, tmp_path / "together", "--scheduler", cluster.scheduler_address
        )
        over.set()
        killer.join()
    assert killed == [victim], said
    assert status == 0, said
    assert marks(tmp_path / "together") == marks(tmp_path / "alone")
    with (tmp_path / "together" / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        students = [row["student"] for row in csv.DictReader(file)]
    assert len(students) == len(set(students)) == CLASS


def test_a_scheduler_that_does_not_answer(submissions, tmp_path):
    status, said = grade(submissions, tmp_path / "out", "--scheduler", "tcp://127.0.0.1:9")
    assert status == 2
    assert "does not answer" in said
    assert "Traceback" not in said
