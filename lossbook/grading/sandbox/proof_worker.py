"""Reads derivations behind the same walls: a hostile formula may be long, deep or slow."""

from lossbook.grading.sandbox import wire


class Clerk:
    """Serves one derivation: checks its lines, and says what `check` would say."""

    def __init__(self, line, proofs):
        self.line = line
        self.proofs = proofs  # name → (the Proof, its derivation to be written)

    def serve(self):
        from lossbook.checking.report import on_proof

        while (frame := self.line.receive()) is not None:
            head, body = wire.decode(frame)
            proof, exercise = self.proofs[head["name"]]
            for seed in head["seeds"]:
                said = on_proof(proof, exercise.attempt(body, seed=seed))
                if not said.solved:
                    break
            told = {"turn": head["turn"], "state": said.state, "head": said.head}
            self.line.send(wire.encode(told, [list(said.shown), list(said.says)]))
