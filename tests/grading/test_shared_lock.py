"""The shared/exclusive lock of the workers."""

import threading
import time

from lossbook.grading.marking.shared_lock import SharedExclusiveLock

WAIT = 20


def started(work):
    thread = threading.Thread(target=work, daemon=True)  # one that hangs does not keep the process
    thread.start()
    return thread


def test_shared_holders_hold_it_together():
    lock, both = SharedExclusiveLock(), threading.Barrier(2, timeout=WAIT)

    def work():
        with lock.shared():
            both.wait()  # passes only if the other one is inside, too

    threads = [started(work) for _ in range(2)]
    for thread in threads:
        thread.join(WAIT)
    assert not any(thread.is_alive() for thread in threads)
    assert not both.broken


def test_an_exclusive_holder_is_the_only_holder():
    lock, inside, seen, mutex = SharedExclusiveLock(), [], [], threading.Lock()

    def work(name):
        for _ in range(30):
            with getattr(lock, name)():
                with mutex:
                    inside.append(name)
                    seen.append(tuple(inside))
                time.sleep(0.001)  # so that another one may come in, if it is let in
                with mutex:
                    inside.remove(name)

    names = ["shared", "shared", "exclusive", "exclusive"]
    threads = [started(lambda name=name: work(name)) for name in names]
    for thread in threads:
        thread.join(WAIT)
    assert not any(thread.is_alive() for thread in threads)
    assert len(seen) == 120
    assert all(names == ("exclusive",) for names in seen if "exclusive" in names)


def test_exclusive_waiter_has_priority_over_later_shared():
    lock, order = SharedExclusiveLock(), []

    def take(name):
        with getattr(lock, name)():
            order.append(name)

    with lock.shared():
        first = started(lambda: take("exclusive"))
        end = time.monotonic() + WAIT
        while not lock._waiting and time.monotonic() < end:
            time.sleep(0.001)
        second = started(lambda: take("shared"))
        second.join(0.1)
        assert not order
    first.join(WAIT)
    second.join(WAIT)
    assert order == ["exclusive", "shared"]


def test_an_error_releases_the_lock():
    lock = SharedExclusiveLock()
    for hold in (lock.shared, lock.exclusive, lock.shared):
        try:
            with hold():
                raise KeyError
        except KeyError:
            pass
    with lock.exclusive():
        pass
