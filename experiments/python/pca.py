"""Principal components of a network's activity, compared with its true latent."""

import argparse
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from arrow import matrix, read

parser = argparse.ArgumentParser()
parser.add_argument("--keep", type=int, required=True, help="how many components to write")
keep = parser.parse_args().keep

activity = matrix(read("network", "steps")["activity"])  # steps x neurons
latent = matrix(read("network", "states")["kappa"])[:, 0]

centred = activity - activity.mean(axis=0)
variance, vectors = np.linalg.eigh(centred.T @ centred / len(centred))
variance, vectors = variance[::-1], vectors[:, ::-1]  # largest first
found = centred @ vectors[:, 0]
correlation = np.corrcoef(found, latent)[0, 1]
found *= np.sign(correlation)  # a component has no sign of its own
print(f"{len(activity)} steps of {activity.shape[1]} neurons, correlation {abs(correlation):.4f}")

share = variance / variance.sum()
components = {"component": np.arange(keep), "variance": variance[:keep], "share": share[:keep]}
pq.write_table(pa.table(components), "components.parquet")
pq.write_table(pa.table({"found": found, "true": latent}), "latent.parquet")
with open("metrics.json", "w") as f:
    json.dump({"correlation": abs(correlation), "share": share[0]}, f)
