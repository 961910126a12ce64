"""Fits a logistic regression by gradient descent.

usage: train.py FEATURES.json STEPS RATE MODEL.json
"""

import json
import math
import sys

steps, rate = int(sys.argv[2]), float(sys.argv[3])
with open(sys.argv[1]) as source:
    rows = json.load(source)
weights, bias = [0.0] * len(rows[0]["features"]), 0.0
for _ in range(steps):
    slope, shift = [0.0] * len(weights), 0.0
    for row in rows:
        score = bias + sum(w * x for w, x in zip(weights, row["features"]))
        error = 1 / (1 + math.exp(-score)) - row["label"]
        shift += error
        for i, x in enumerate(row["features"]):
            if x:
                slope[i] += error * x
    weights = [w - rate * s / len(rows) for w, s in zip(weights, slope)]
    bias -= rate * shift / len(rows)
with open(sys.argv[4], "w") as out:
    json.dump({"weights": weights, "bias": bias}, out)
