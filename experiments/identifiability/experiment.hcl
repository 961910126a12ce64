# Of a network whose neurons are all recorded, how much do its dynamics say?

experiment "identifiability" {
  title = "How few directions of connectivity the dynamics identify"
  cites = ["arXiv:2603.26506"]
}

variable "size" {
  type        = string
  default     = "full"
  description = "full, or small for a quick look: one system and a smaller network."
  validation {
    condition     = contains(["full", "small"], var.size)
    error_message = "size is full or small"
  }
}

locals {
  small = var.size == "small"
  dt    = 0.05

  # Dimensions that method.md, T1, measured at these tolerances in another draw
  # of each network of 1000 neurons.
  reference = {
    bistable        = { "1e-1" = 2, "1e-2" = 4, "1e-3" = 8, "1e-6" = 17 }
    four_attractors = { "1e-1" = 3, "1e-2" = 7, "1e-3" = 14, "1e-6" = 32 }
    limit_cycle     = { "1e-1" = 5, "1e-2" = 18, "1e-3" = 45, "1e-6" = 154 }
    ring_attractor  = { "1e-1" = 5, "1e-2" = 11, "1e-3" = 23, "1e-6" = 85 }
  }
  systems = local.small ? ["bistable"] : keys(local.reference)
  seeds   = local.small ? [11] : [1, 11]
  nets    = grid({ system = local.systems, seed = local.seeds })
  sweep   = grid({ system = local.systems, seed = local.seeds, tolerance = ["1e-1", "1e-2", "1e-3", "1e-6"] })
}

stage "simulate_network" "network" {
  for_each         = local.nets
  system           = each.value.system
  neurons          = local.small ? 300 : 1000
  observed_neurons = 1
  dt               = local.dt
  seed             = each.value.seed
}

stage "identifiable_subspace" "subspace" {
  for_each  = local.sweep
  fit       = stage.network["seed=${each.value.seed},system=${each.value.system}"]
  tolerance = tonumber(each.value.tolerance)
  states    = local.small ? 600 : 2000
}

# Weights are measured with errors, and the field through noisy latents: what is
# found of n, and of the field?
stage "identifiable_subspace" "measured" {
  for_each     = grid({ system = local.systems, seed = local.seeds, error = [0, 0.1, 0.3, 1] })
  fit          = stage.network["seed=${each.value.seed},system=${each.value.system}"]
  trials       = stage.network["seed=${each.value.seed},system=${each.value.system}"]
  leak         = local.dt
  states       = local.small ? 600 : 2000
  weight_error = each.value.error
}

locals {
  found = { for key, at in local.sweep : key => merge(at, stage.subspace[key].metrics, { expected = local.reference[at.system][at.tolerance] }) }
  # Small networks span fewer directions than there are.
  slack = local.small ? 0.35 : 0.15
}

check "few_directions_are_identified" {
  assert {
    condition     = alltrue([for f in values(local.found) : abs(f.identified_dimension - f.expected) <= max(1, local.slack * f.expected)])
    error_message = "dimensions, and those of method.md: ${jsonencode({ for key, f in local.found : key => [f.identified_dimension, f.expected] })}"
  }
}

check "they_are_all_that_the_dynamics_need" {
  assert {
    condition     = alltrue([for f in values(local.found) : f.field_error < { "1e-1" = 0.05, "1e-2" = 0.005, "1e-3" = 0.0005, "1e-6" = 1e-4 }[f.tolerance]])
    error_message = "errors of the field from the identified part of n alone: ${jsonencode({ for key, f in local.found : key => f.field_error })}"
  }
}

check "the_rest_is_not_small" {
  assert {
    condition     = alltrue([for f in values(local.found) : f.identified_fraction < 0.98 if f.tolerance == "1e-2"])
    error_message = "shares of |n|^2 that are identified: ${jsonencode({ for key, f in local.found : key => f.identified_fraction })}"
  }
}

check "the_field_is_known_where_weights_are_not" {
  assert {
    condition     = max(stage.measured[*].metrics.estimated_error...) < 0.05
    error_message = "errors of the fields that noisy latents and wrong weights tell: ${jsonencode({ for key, m in stage.measured : key => m.metrics.estimated_error })}, not below 0.05"
  }
  assert {
    condition     = alltrue([for key, m in stage.measured : m.metrics.identified_fraction < 0.65 && m.metrics.field_error > 0.3 if endswith(split(",", key)[0], "=1")])
    error_message = "with errors as large as the weights, shares of |n|^2 in the subspace are ${jsonencode({ for key, m in stage.measured : key => m.metrics.identified_fraction })}"
  }
}
