"""Scores the model: average precision and area under the ROC curve, and the curve.

usage: evaluate.py MODEL.json FEATURES.json FOLDER
"""

import csv
import json
import os
import sys

with open(sys.argv[1]) as source:
    model = json.load(source)
with open(sys.argv[2]) as source:
    rows = json.load(source)
os.makedirs(sys.argv[3], exist_ok=True)
scored = sorted(
    ((model["bias"] + sum(w * x for w, x in zip(model["weights"], row["features"])), row["label"]) for row in rows),
    reverse=True,
)
positives = sum(label for _, label in scored)
negatives = len(scored) - positives
hits = misses = area = 0
precision = 0.0
curve = [(0.0, 0.0)]
for _, label in scored:
    if label:
        hits += 1
        precision += hits / (hits + misses) / positives
    else:
        misses += 1
        area += hits
    curve.append((misses / negatives, hits / positives))
with open(os.path.join(sys.argv[3], "metrics.json"), "w") as out:
    json.dump({"average_precision": precision, "roc_auc": area / positives / negatives}, out)
with open(os.path.join(sys.argv[3], "roc.csv"), "w", newline="") as out:
    csv.writer(out).writerows([("false_positive_rate", "true_positive_rate"), *curve])
