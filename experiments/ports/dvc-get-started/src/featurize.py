"""Turns texts into weights of words (tf-idf), with the words of the training posts.

usage: featurize.py IN_FOLDER MAX_FEATURES NGRAMS OUT_FOLDER
"""

import collections
import json
import math
import os
import sys

source, most, ngrams, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
os.makedirs(folder, exist_ok=True)


def read(name):
    with open(os.path.join(source, name)) as lines:
        for line in lines:
            _, label, text = line.rstrip("\n").split("\t")
            words = text.lower().split()
            yield int(label), collections.Counter(
                " ".join(words[i : i + n]) for n in range(1, ngrams + 1) for i in range(len(words) - n + 1)
            )


train, test = list(read("train.tsv")), list(read("test.tsv"))
documents = collections.Counter(word for _, counts in train for word in counts)
vocabulary = [word for word, _ in sorted(documents.items(), key=lambda item: (-item[1], item[0]))[:most]]
idf = [math.log((1 + len(train)) / (1 + documents[word])) + 1 for word in vocabulary]
for name, rows in (("train.json", train), ("test.json", test)):
    matrix = []
    for label, counts in rows:
        weights = [counts[word] * w for word, w in zip(vocabulary, idf)]
        norm = math.sqrt(sum(w * w for w in weights)) or 1
        matrix.append({"label": label, "features": [w / norm for w in weights]})
    with open(os.path.join(folder, name), "w") as out:
        json.dump(matrix, out)
