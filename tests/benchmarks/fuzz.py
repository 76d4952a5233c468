"""Mutate derivations of the course at random: no exception, and no line that hangs (`make fuzz`).

python -m tests.benchmarks.fuzz [how many] [seed]
"""

import os
import random
import sys
import time

from lossbook.derive import CannotRead, Derivation
from lossbook.derive.syntax.spelling import tokens
from tests.helpers.derive_corpus import CORPUS

LONGEST = 20  # seconds of processor time for one derivation


def mutated(body, rng):
    """A derivation with one to six tokens lost, doubled, or replaced by others of the course."""
    lines = body.strip().splitlines()
    for _ in range(rng.randint(1, 6)):
        k = rng.randrange(len(lines))
        try:
            found = tokens(lines[k])[:-1]
        except CannotRead:
            continue
        if not found:
            continue
        token, other = rng.choice(found), rng.choice(found)
        new = rng.choice(["", token.text * 2, f" {other.text} ", rng.choice(r"{}()[]_^=&?|!'.,")])
        at = token.place
        lines[k] = lines[k][:at] + new + lines[k][at + len(token.text) :]
    return "\n".join(lines)


def failures(many, seed):
    """Yield (body, what happened) for every mutant that raises or takes too long."""
    rng, bodies = random.Random(seed), list(CORPUS.values())
    for _ in range(many):
        body, start = mutated(rng.choice(bodies), rng), time.process_time()
        try:
            derivation = Derivation("", body, strict=False)
            repr(derivation), derivation._repr_markdown_()
        except Exception as error:
            yield body, repr(error)
        if time.process_time() - start > LONGEST:
            yield body, f"{time.process_time() - start:.0f} s"


def main(arguments):
    os.environ["LOSSBOOK_CACHE"] = "off"
    many = int(arguments[0]) if arguments else 10_000
    seed = int(arguments[1]) if len(arguments) > 1 else 1
    found = list(failures(many, seed))
    for body, said in found:
        print(f"{said}\n{body}\n")
    print(f"{many} mutated derivations, {len(found)} failures")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
