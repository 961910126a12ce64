# A stage in Python: does principal component analysis find the latent of a
# network, and how much noise does it stand?
#
# It needs python3 with pyarrow and numpy: python3 -m venv env && . env/bin/activate
# && pip install pyarrow numpy. docs/exec.md explains the kind exec line by line.

experiment "pca" {
  title = "The latent of a network, found by PCA"
}

variable "noise" {
  type        = list(number)
  default     = [0.1, 1, 10]
  description = "Standard deviations of the noise on each neuron."
}

locals {
  levels = { for noise in var.noise : "noise=${noise}" => noise }
}

# The network is a stage of a built-in kind.
stage "simulate_network" "network" {
  for_each          = local.levels
  system            = "bistable"
  neurons           = 100
  observation_noise = each.value
}

stage "exec" "pca" {
  for_each = local.levels
  command  = ["python3", "pca.py", "--keep", "10"]
  files    = ["pca.py", "arrow.py"]
  inputs   = { network = stage.network[each.key] } # its tables lie in $REPRISE_INPUT_network
  outputs  = { components = "components.parquet", latent = "latent.parquet", metrics = "metrics.json" }
  tables   = { components = ["component", "variance", "share"] }
  metrics  = ["correlation", "share"]
  env      = { OMP_NUM_THREADS = "1", OPENBLAS_NUM_THREADS = "1" } # the same sums in the same order
  # Other versions, other results: the script runs again.
  tools = [
    ["python3", "--version"],
    ["python3", "-c", "import numpy, pyarrow; print(numpy.__version__, pyarrow.__version__)"],
  ]
}

check "finds_the_latent" {
  assert {
    condition     = stage.pca["noise=${var.noise[0]}"].metrics.correlation > 0.99
    error_message = "the first component correlates with the latent by ${stage.pca["noise=${var.noise[0]}"].metrics.correlation} alone"
  }
}

output "correlation" {
  value       = { for level in keys(local.levels) : level => stage.pca[level].metrics.correlation }
  description = "Correlation of the first component with the true latent, by noise."
}
