"""Print the mutation table: how many slips of each kind the checker catches.

    python tests/benchmarks/mutants.py [words of titles] [--survivors]
"""

import os
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "derive"))

from corpus import CORPUS
from mutants import judged
from true_mutants import TRUE_MUTANTS

os.environ["LOSSBOOK_CACHE"] = "off"


def main(arguments):
    wanted = [word for word in arguments if not word.startswith("--")]
    table, survivors = {}, []
    start = time.process_time()
    for title, body in CORPUS.items():
        if wanted and not any(word in title for word in wanted):
            continue
        for name, label, mutant, verdict in judged(title, body):
            row = table.setdefault(name, Counter())
            kind = "survived" if verdict.holds else verdict.kind
            if verdict.holds and (title, label, " ".join(mutant.split())) in TRUE_MUTANTS:
                kind = "true"
            row[kind] += 1
            if kind == "survived":
                survivors.append((title, label, " ".join(mutant.split()), name))
    _print_table(table, time.process_time() - start)
    if "--survivors" in arguments:
        for survivor in survivors:
            print(repr(survivor))


def _print_table(table, seconds):
    kinds = ("false", "size", "undefined", "untested", "heavy", "carried", "unreadable")
    heads = ("slip", *kinds, "true", "missed")
    print("  ".join(f"{head:>10}" for head in heads))
    total = Counter()
    for name, row in table.items():
        total += row
        _print_row(name, row, kinds)
    _print_row("all", total, kinds)
    refuted = sum(total[kind] for kind in kinds[:-1])
    false = refuted + total["survived"]
    print(
        f"{sum(total.values())} mutants, {total['unreadable']} not readable, {total['true']} true; "
        f"{refuted} of {false} false ones caught ({100 * refuted / max(false, 1):.2f} %); "
        f"{seconds:.0f} s"
    )


def _print_row(name, row, kinds):
    cells = [name[:24].rjust(24), *(str(row[k]).rjust(10) for k in (*kinds, "true", "survived"))]
    print("  ".join(cells))


if __name__ == "__main__":
    main(sys.argv[1:])
