# Fits that started elsewhere explain the same activity equally well with other
# connectivities. Does what they determine, the law of maximum entropy, agree?

experiment "degeneracy" {
  title = "Many connectivities for one activity, and one law"
  cites = ["arXiv:2603.26506"]
}

variable "size" {
  type        = string
  default     = "full"
  description = "full, or small for a quick look: two families, a smaller network, fewer points."
  validation {
    condition     = contains(["full", "small"], var.size)
    error_message = "size is full or small"
  }
}

locals {
  small    = var.size == "small"
  dt       = 0.05
  families = local.small ? ["small", "clusters"] : ["small", "large", "heavy", "clusters"]
  seeds    = 2

  # start=small,seed=0 and so on; each law has the family that its fit started from
  fits   = grid({ start = local.families, seed = range(local.seeds) })
  groups = [for key, at in local.fits : at.start]
}

# Two stable states from one latent, and the activity of all neurons. Its latents
# are without noise: fits then can all have the same field, and what is left
# between them is not what noise has done to each.
stage "simulate_network" "network" {
  system       = "bistable"
  neurons      = 256
  dt           = local.dt
  latent_noise = 0
}

stage "fit_lrrnn" "fit" {
  for_each      = local.fits
  trials        = stage.network
  rank          = 1
  leak          = local.dt
  initial_state = "given"
  start         = each.value.start
  seed          = each.value.seed
  epochs        = local.small ? 80 : 120
  batch         = 8
  learning_rate = 0.1
  weight_decay  = 0
}

stage "identifiable_subspace" "subspace" {
  for_each = local.fits
  fit      = stage.fit[each.key]
}

# One base for all: a law is the closest to it, and another base has another law.
stage "maxent_flow" "law" {
  for_each = local.fits
  target   = stage.fit[each.key]
  base_m   = 1
  base_b   = 0.3
  base_n   = 1
  steps    = 25
  width    = 8
}

stage "evaluate_flow" "score" {
  for_each = local.fits
  flow     = stage.law[each.key]
  truth    = stage.network
}

# The fits, neuron by neuron and as laws, whole and by what is identified of n.
stage "compare_connectivity" "raw" {
  fits      = stage.fit[*]
  networks  = stage.fit[*]
  groups    = local.groups
  subspaces = stage.subspace[*]
}

stage "compare_connectivity" "identified" {
  networks   = stage.fit[*]
  groups     = local.groups
  identified = true
}

# Their laws.
stage "compare_connectivity" "laws" {
  laws    = stage.law[*]
  groups  = local.groups
  samples = local.small ? 600 : 1500
}
