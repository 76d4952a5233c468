"""Checks derivations and calls lent functions inside the sandbox, where no student's code runs.

A hostile formula may be long, deep or slow, and a hostile argument may make an honest function
take any time and memory. So both are met here and not in the grader.
"""

import numpy as np

from lossbook.grading.sandbox import wire


class ProofWorker:
    """Serves one derivation, or the lent functions of one submission.

    exercises : name → exercise; proofs : name → (the Proof, its derivation to be written)
    """

    def __init__(self, line, exercises, proofs):
        self.line, self.exercises, self.proofs = line, exercises, proofs
        self.lent = {}  # (exercise, seed) → the functions among the arguments of its cases

    def serve(self):
        """Answer one request after the other; returns when the grader hangs up."""
        work = {"check": self.check, "lend": self.lend}
        while (frame := self.line.receive()) is not None:
            head, value = wire.decode(frame)
            answer, value = work[head["op"]](head, value)
            self.line.send(wire.encode({**answer, "request_id": head["request_id"]}, value))

    def check(self, head, body):
        """Check the lines of a derivation; what `check` would print."""
        from lossbook.checking.report import on_proof

        proof, exercise = self.proofs[head["name"]]
        report = on_proof(proof, exercise.attempt(body, seed=head["seed"]))
        fields = {"state": report.state, "summary": report.summary}
        return fields, [list(report.call), list(report.feedback)]

    def lend(self, head, value):
        """Call a function that an exercise lends to its answers."""
        args, kwargs = value
        function = self._functions(head["name"], head["seed"])[head["function"]]
        try:
            with np.errstate(all="ignore"):  # as in the instant check
                returned = function(*args, **kwargs)
            wire.encode({}, returned)  # raises for what cannot be sent
        except Exception as error:  # whatever a hostile argument does to an honest function
            words = str(error)[:200]
            return {"op": "raised", "error": type(error).__name__, "words": words}, None
        return {"op": "returned"}, returned

    def _functions(self, name, seed):
        if (name, seed) not in self.lent:
            from lossbook.checking.cases import functions_in
            from lossbook.checking.spec import PUBLIC

            draw = self.exercises[name].draw_cases
            self.lent[name, seed] = functions_in([*draw(PUBLIC), *draw(seed)])
        return self.lent[name, seed]
