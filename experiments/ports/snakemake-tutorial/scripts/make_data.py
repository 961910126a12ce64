"""Makes a small genome and reads of three samples of it, with a few variants.

Run once by hand (python3 scripts/make_data.py data).
"""

import os
import random
import sys

rng = random.Random(1)
folder = sys.argv[1]
genome = "".join(rng.choice("ACGT") for _ in range(3000))
with open(os.path.join(folder, "genome.fa"), "w") as out:
    print(">I", *(genome[i : i + 60] for i in range(0, len(genome), 60)), sep="\n", file=out)
variants = {place: rng.choice([b for b in "ACGT" if b != genome[place]]) for place in sorted(rng.sample(range(100, 2900), 12))}
for sample, share in (("A", 1.0), ("B", 0.7), ("C", 0.4)):
    own = {place: base for place, base in variants.items() if rng.random() < share}
    changed = "".join(own.get(i, base) for i, base in enumerate(genome))
    with open(os.path.join(folder, "samples", sample + ".fastq"), "w") as out:
        for number in range(600):
            start = rng.randrange(len(genome) - 50)
            read = "".join(b if rng.random() > 0.003 else rng.choice("ACGT") for b in changed[start : start + 50])
            print(f"@{sample}.{number}", read, "+", "I" * 50, sep="\n", file=out)
