"""Splits the posts at random into a table for training and one for the test.

usage: prepare.py POSTS.xml SPLIT SEED FOLDER
"""

import os
import random
import sys
import xml.etree.ElementTree as tree

posts, split, seed, folder = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
os.makedirs(folder, exist_ok=True)
rng = random.Random(seed)
with open(os.path.join(folder, "train.tsv"), "w") as train, open(os.path.join(folder, "test.tsv"), "w") as test:
    for row in tree.parse(posts).getroot():
        label = int("<r>" in row.get("Tags"))
        text = " ".join((row.get("Title") + " " + row.get("Body")).split())
        print(row.get("Id"), label, text, sep="\t", file=test if rng.random() < split else train)
