"""Checks derivations in a sandbox of their own; the grader's side of a proof worker."""

import threading

from lossbook.grading.sandbox.session import Ended, Killed, Late

_SECONDS = 30
_LONGEST = 20_000  # characters


class Clerks:
    """Checks derivations in a sandbox of their own; the same lines are checked once.

    White space means nothing in a derivation, so lines that differ in it only are the same.

    Parameters
    ----------
    sandbox : Sandbox for derivations (`proofs`)
    """

    def __init__(self, sandbox):
        self.sandbox, self.known, self.lock = sandbox, {}, threading.Lock()

    def check(self, name, body, seeds):
        """(state, head, shown, says) of a derivation. Raises SandboxGone."""
        if len(body) > _LONGEST:
            head = f"{name}: {len(body)} characters are too many for a derivation."
            return "wrong", head, (), ()
        body = "\n".join(" ".join(line.split()) for line in body.splitlines() if line.strip())
        key = (name, body, tuple(seeds))
        with self.lock:
            known = self.known.get(key)
        if known is None:
            known = self._ask(name, body, seeds)
            with self.lock:
                self.known[key] = known
        return known

    def _ask(self, name, body, seeds, again=True):
        asked = {"op": "check", "name": name, "seeds": list(seeds)}
        try:
            with self.sandbox.open() as session:
                told, (shown, says) = session.ask(asked, body, seconds=_SECONDS)
            return told["state"], told["head"], tuple(shown), tuple(says)
        except Killed as killed:
            if again:  # from outside; lines that do it themselves do it twice
                return self._ask(name, body, seeds, again=False)
            return "not run", f"{name}: its lines could not be checked ({killed}).", (), ()
        except Late:
            return "wrong", f"{name}: checking its lines took too long.", (), ()
        except Ended as ended:
            return "not run", f"{name}: its lines could not be checked ({ended}).", (), ()
