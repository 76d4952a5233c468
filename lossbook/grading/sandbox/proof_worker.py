"""Checks derivations inside the sandbox: a hostile formula may be long, deep or slow."""

from lossbook.grading.sandbox import wire


class ProofWorker:
    """Serves one derivation: checks its lines and returns what `check` would print."""

    def __init__(self, line, proofs):
        self.line = line
        self.proofs = proofs  # name → (the Proof, its derivation to be written)

    def serve(self):
        """Answer one request after the other; returns when the grader hangs up."""
        from lossbook.checking.report import on_proof

        while (frame := self.line.receive()) is not None:
            head, body = wire.decode(frame)
            proof, exercise = self.proofs[head["name"]]
            report = on_proof(proof, exercise.attempt(body, seed=head["seed"]))
            fields = {"state": report.state, "summary": report.summary}
            answer = {"request_id": head["request_id"], **fields}
            self.line.send(wire.encode(answer, [list(report.call), list(report.feedback)]))
