"""Draws a histogram of the qualities of the variants in a VCF file, as SVG.

usage: plot_quals.py CALLS.vcf QUALS.svg
"""

import collections
import sys

with open(sys.argv[1]) as lines:
    quals = [float(line.split("\t")[5]) for line in lines if not line.startswith("#")]
bars = collections.Counter(int(q) for q in quals)
with open(sys.argv[2], "w") as out:
    print('<svg xmlns="http://www.w3.org/2000/svg" width="400" height="120">', file=out)
    for q, n in sorted(bars.items()):
        print(f'<rect x="{10 * q}" y="{110 - 20 * n}" width="8" height="{20 * n}"><title>quality {q}: {n}</title></rect>', file=out)
    print("</svg>", file=out)
