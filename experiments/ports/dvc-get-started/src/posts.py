"""Writes data/posts.xml: made-up questions of a forum, some of them tagged with r.

Run once by hand (python3 src/posts.py data/posts.xml); the file is kept with the
experiment, as the tutorial's data are downloaded once.
"""

import random
import sys
from xml.sax.saxutils import quoteattr

COMMON = """how to file list error function value string number get set read write loop class object return type
data row index time method call code example result problem change number work line table input output""".split()
R_WORDS = "dataframe ggplot vector factor lapply dplyr plot column package regression matrix cran".split()
OTHERS = "servlet pointer button css thread socket template query server exception widget stream".split()


def words(rng, own):
    return [rng.choice(own if rng.random() < 0.02 else COMMON) for _ in range(rng.randrange(12, 40))]


def main(path):
    rng = random.Random(20170428)
    with open(path, "w", encoding="utf-8") as out:
        out.write('<?xml version="1.0" encoding="utf-8"?>\n<posts>\n')
        for number in range(400):
            is_r = rng.random() < 0.3
            own = R_WORDS if is_r else OTHERS
            tags = "<r>" if is_r else f"<{rng.choice(['java', 'c++', 'python'])}>"
            title, body = " ".join(words(rng, own)[:6]), " ".join(words(rng, own))
            out.write(f"  <row Id=\"{number}\" PostTypeId=\"1\" Tags={quoteattr(tags)} Title={quoteattr(title)} Body={quoteattr(body)} />\n")
        out.write("</posts>\n")


main(sys.argv[1])
