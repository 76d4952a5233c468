"""Checks derivations in their own sandbox; the grader's side of a proof worker."""

import threading

from lossbook.grading.sandbox.session import Ended, Killed, TimedOut

_SECONDS = 30
_LONGEST = 20_000  # characters


class ProofChecker:
    """Checks derivations in a sandbox; equal derivations are checked once.

    White space has no meaning in a derivation, so lines that differ only in it are equal.

    sandbox : Sandbox for derivations (`proofs`)
    """

    def __init__(self, sandbox):
        self.sandbox, self.checked, self.lock = sandbox, {}, threading.Lock()

    def check(self, name, body, seed):
        """(state, summary, call, feedback) of a derivation. Raises SandboxGone."""
        if len(body) > _LONGEST:
            summary = f"{name}: {len(body)} characters are too many for a derivation."
            return "open", summary, (), ()
        body = "\n".join(" ".join(line.split()) for line in body.splitlines() if line.strip())
        key = (name, body, seed)
        with self.lock:
            answer = self.checked.get(key)
        if answer is None:
            answer = self._ask(name, body, seed)
            with self.lock:
                self.checked[key] = answer
        return answer

    def _ask(self, name, body, seed, again=True):
        request = {"op": "check", "name": name, "seed": seed}
        try:
            with self.sandbox.open() as session:
                head, (call, feedback) = session.ask(request, body, seconds=_SECONDS)
            return head["state"], head["summary"], tuple(call), tuple(feedback)
        except Killed as killed:
            if again:  # killed from outside; a derivation that kills its process does so twice
                return self._ask(name, body, seed, again=False)
            return "open", f"{name}: its lines could not be checked ({killed}).", (), ()
        except TimedOut:
            return "open", f"{name}: checking its lines took too long.", (), ()
        except Ended as ended:
            return "open", f"{name}: its lines could not be checked ({ended}).", (), ()
