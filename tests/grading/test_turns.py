"""Judges beside each other, and alone."""

import threading
import time

from lossbook.grading.marking.shared_lock import Turns

WAIT = 20


def started(work):
    thread = threading.Thread(target=work, daemon=True)  # one that hangs keeps nobody here
    thread.start()
    return thread


def test_two_work_beside_each_other():
    turns, both = Turns(), threading.Barrier(2, timeout=WAIT)

    def work():
        with turns.beside():
            both.wait()  # passes only if the other one is inside, too

    threads = [started(work) for _ in range(2)]
    for thread in threads:
        thread.join(WAIT)
    assert not any(thread.is_alive() for thread in threads)
    assert not both.broken


def test_alone_means_that_nobody_is_beside_and_nobody_else_alone():
    turns, inside, most, lock = Turns(), [], [], threading.Lock()

    def work(turn, name):
        for _ in range(30):
            with turn():
                with lock:
                    inside.append(name)
                    most.append(tuple(inside))
                time.sleep(0.001)  # so that another one may come in, if it is let in
                with lock:
                    inside.remove(name)

    names = ["beside", "beside", "alone", "alone"]
    threads = [started(lambda n=name: work(getattr(turns, n), n)) for name in names]
    for thread in threads:
        thread.join(WAIT)
    assert not any(thread.is_alive() for thread in threads)
    assert len(most) == 120
    assert all(seen == ("alone",) for seen in most if "alone" in seen)


def test_who_asks_to_be_alone_is_not_kept_waiting_by_those_who_come_later():
    turns, order = Turns(), []

    def alone():
        with turns.alone():
            order.append("alone")

    def late():
        with turns.beside():
            order.append("beside")

    with turns.beside():
        first = started(alone)
        end = time.monotonic() + WAIT
        while not turns._waiting and time.monotonic() < end:
            time.sleep(0.001)
        second = started(late)
        second.join(0.1)
        assert not order
    first.join(WAIT)
    second.join(WAIT)
    assert order == ["alone", "beside"]


def test_an_error_gives_the_turn_back():
    turns = Turns()
    for turn in (turns.beside, turns.alone, turns.beside):
        try:
            with turn():
                raise KeyError
        except KeyError:
            pass
    with turns.alone():
        pass
