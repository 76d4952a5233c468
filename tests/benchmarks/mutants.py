"""Print the mutation table: how many slips of each kind the checker catches (`make bench`).

    python -m tests.benchmarks.mutants [words of titles] [--survivors]

The exit code is 1 if too few of the false mutants are caught or a line of the corpus is refused.
"""

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

from lossbook.derive import Derivation
from tests.helpers.derive_corpus import CORPUS
from tests.helpers.derive_mutants import judged

os.environ["LOSSBOOK_CACHE"] = "off"
LEAST_CAUGHT = 0.995
# Mutants that are true statements; each was read and settled by hand.
SETTLED = Path(__file__).parents[1] / "helpers" / "derive_true_mutants.json"
TRUE_MUTANTS = {tuple(one) for one in json.loads(SETTLED.read_text(encoding="utf-8"))}


class Timed(Derivation):
    """Takes the processor time of each line."""

    def _judge(self, step):
        start = time.process_time()
        super()._judge(step)
        step.seconds = time.process_time() - start


def main(arguments):
    wanted = [word for word in arguments if not word.startswith("--")]
    corpus = {
        title: body
        for title, body in CORPUS.items()
        if not wanted or any(word in title for word in wanted)
    }
    refused = _print_corpus(corpus)
    table, survivors = {}, []
    start = time.process_time()
    for title, body in corpus.items():
        for name, label, mutant, verdict in judged(title, body):
            row = table.setdefault(name, Counter())
            kind = "survived" if verdict.holds else verdict.kind
            if verdict.holds and (title, label, " ".join(mutant.split())) in TRUE_MUTANTS:
                kind = "true"
            row[kind] += 1
            if kind == "survived":
                survivors.append((title, label, " ".join(mutant.split()), name))
    caught = _print_table(table, time.process_time() - start)
    if "--survivors" in arguments:
        for survivor in survivors:
            print(repr(survivor))
    return int(caught < LEAST_CAUGHT or refused > 0)


def _print_corpus(corpus):
    """Check the right lines; return how many are refused."""
    start = time.process_time()
    checked = [Timed(title, body, strict=False) for title, body in corpus.items()]
    seconds = time.process_time() - start
    steps = [(step, d.title) for d in checked for step in d.steps]
    refused = [(step, title) for step, title in steps if not step.verdict.holds]
    slowest, title = max(steps, key=lambda pair: getattr(pair[0], "seconds", 0))
    print(f"{len(checked)} derivations, {len(steps)} true lines, {len(refused)} refused; ", end="")
    print(f"{seconds:.1f} s of processor time, ", end="")
    print(f"the slowest line {slowest.seconds:.2f} s: {title} ({slowest.label})\n", flush=True)
    for step, title in refused:
        print(f"refused: {title} ({step.label})  {step.reading}")
    return len(refused)


def _print_table(table, seconds):
    kinds = ("false", "size", "undefined", "undecided", "untested", "heavy", "carried")
    kinds += ("unreadable",)
    heads = ("slip", *kinds, "true", "missed")
    print("  ".join(f"{head:>10}" for head in heads))
    total = Counter()
    for name, row in table.items():
        total += row
        _print_row(name, row, kinds)
    _print_row("all", total, kinds)
    refuted = sum(total[kind] for kind in kinds[:-1])
    false = refuted + total["survived"]
    caught = refuted / max(false, 1)
    print(
        f"{sum(total.values())} mutants, {total['unreadable']} not readable, {total['true']} true; "
        f"{refuted} of {false} false ones caught ({100 * caught:.2f} %); "
        f"{seconds:.0f} s"
    )
    return caught


def _print_row(name, row, kinds):
    cells = [name[:24].rjust(24), *(str(row[k]).rjust(10) for k in (*kinds, "true", "survived"))]
    print("  ".join(cells))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
