# A law is of infinitely many neurons. How near do networks of N neurons, drawn
# from it, come to its dynamics, and what does putting them on its constraints do?

experiment "finite_networks" {
  title = "Finite networks from a law of connectivity"
  cites = ["arXiv:2603.26506"]
}

variable "size" {
  type        = string
  default     = "full"
  description = "full, or small for a quick look: one system, smaller networks."
  validation {
    condition     = contains(["full", "small"], var.size)
    error_message = "size is full or small"
  }
}

locals {
  small = var.size == "small"
  dt    = 0.05

  # The literature's parameters, and others with another seed, which had no say
  # in the thresholds below. The same laws as in the systems' own experiments.
  all = {
    bistable       = { system = "bistable", gain = 1.8, threshold = 0.3, spread = 1, seed = 1, rotation = null, epsilon = 0.003, steps = 2000 }
    bistable_fresh = { system = "bistable", gain = 2.2, threshold = 0.5, spread = 1, seed = 11, rotation = null, epsilon = 0.003, steps = 2000 }
    four           = { system = "four_attractors", gain = 4, threshold = 0.3, spread = 2, seed = 1, rotation = null, epsilon = 0.003, steps = 2500 }
    four_fresh     = { system = "four_attractors", gain = 5, threshold = 0.4, spread = 2, seed = 11, rotation = null, epsilon = 0.003, steps = 2500 }
    cycle          = { system = "limit_cycle", gain = 1.8, threshold = 0.3, spread = 1, seed = 1, rotation = 0.9, epsilon = 0.003, steps = 2500 }
    cycle_fresh    = { system = "limit_cycle", gain = 2.1, threshold = 0.4, spread = 1, seed = 11, rotation = 0.7, epsilon = 0.003, steps = 2500 }
    ring           = { system = "ring_attractor", gain = 3.6, threshold = 0.3, spread = 2, seed = 1, rotation = null, epsilon = 0.01, steps = 2500 }
    ring_fresh     = { system = "ring_attractor", gain = 3, threshold = 0.2, spread = 2, seed = 11, rotation = null, epsilon = 0.01, steps = 2500 }
  }
  cases = local.small ? { bistable_fresh = local.all.bistable_fresh } : local.all
  sizes = local.small ? [64, 128, 256] : [256, 1024, 4096]
  sweep = grid({ case = keys(local.cases), neurons = local.sizes, conditioned = [false, true] })
}

stage "simulate_network" "mean_field" {
  for_each         = local.cases
  system           = each.value.system
  gain             = each.value.gain
  rotation         = each.value.rotation
  threshold        = each.value.threshold
  seed             = each.value.seed
  neurons          = 16384
  sampling         = "quasirandom"
  observed_neurons = 1
  dt               = local.dt
}

stage "maxent_flow" "law" {
  for_each = local.cases
  target   = stage.mean_field[each.key]
  whiten   = false
  base_m   = 1
  base_b   = 0.3
  base_n   = each.value.spread
  epsilon  = each.value.epsilon
  steps    = local.small ? 25 : each.value.steps
  seed     = each.value.seed
}

# 20 networks at each size, as drawn or put on the law's constraints, and the
# attractors of the first of them.

stage "sample_network" "drawn" {
  for_each    = local.sweep
  law         = stage.law[each.value.case]
  neurons     = each.value.neurons
  conditioned = each.value.conditioned
  draws       = each.value.conditioned ? 20 : 1 # its plain_error is of the same networks as drawn
  method      = "resampling"
}

stage "analyze_dynamics" "dynamics" {
  for_each = local.sweep
  of       = stage.drawn[each.key]
  truth    = stage.mean_field[each.value.case]
  align    = "none" # the law is in the truth's own coordinates
}

locals {
  # At most this much may a law miss its field.
  limits = { bistable = 0.002, four_attractors = 0.01, limit_cycle = 0.002, ring_attractor = 0.005 }

  drawn = { for c in keys(local.cases) : c => [for n in local.sizes : stage.drawn["case=${c},conditioned=true,neurons=${n}"].metrics] }
  ratio = { for c, d in local.drawn : c => [for x in d : x.plain_error / x.predicted_error] }
  last  = length(local.sizes) - 1
  # The sizes are spaced evenly in their logarithm: the slope of a line through
  # the three is that from the first to the last.
  slope = { for c, d in local.drawn : c => log(d[local.last].plain_error / d[0].plain_error, 10) / log(local.sizes[local.last] / local.sizes[0], 10) }

  # Attractors of the networks on the constraints.
  on    = { for key, at in local.sweep : key => merge(at, { system = local.cases[at.case].system }) if at.conditioned }
  point = { for key, at in local.on : key => stage.dynamics[key].metrics if contains(["bistable", "four_attractors"], at.system) }
  cycle = { for key, at in local.on : key => stage.dynamics[key].metrics if at.system == "limit_cycle" }
  ring  = { for key, at in local.on : key => stage.dynamics[key].metrics if at.system == "ring_attractor" }
}

check "laws" {
  assert {
    condition     = alltrue([for c, at in local.cases : stage.law[c].metrics.law_error < local.limits[at.system]])
    error_message = "held-out errors of the laws' fields: ${jsonencode({ for c in keys(local.cases) : c => stage.law[c].metrics.law_error })}, the limits are ${jsonencode(local.limits)}"
  }
  assert {
    condition     = alltrue([for m in stage.law[*].metrics : abs(m.dlogz) < 0.02 && m.max_weight < 0.005])
    error_message = "normalisers off by ${jsonencode(stage.law[*].metrics.dlogz)}, largest weights ${jsonencode(stage.law[*].metrics.max_weight)}"
  }
}

check "errors_fall_as_predicted" {
  assert {
    condition     = alltrue([for r in flatten(values(local.ratio)) : r > 0.7 && r < 1.4])
    error_message = "errors over what C/sqrt(N) predicts: ${jsonencode(local.ratio)}, not from 0.7 to 1.4"
  }
  assert {
    condition     = alltrue([for s in values(local.slope) : s > -0.65 && s < -0.3])
    error_message = "slopes of the error in N, on logarithmic axes: ${jsonencode(local.slope)}, not about -0.5"
  }
}

check "constraints_hold" {
  assert {
    condition     = alltrue([for d in flatten(values(local.drawn)) : d.field_error < 0.005]) && alltrue([for d in values(local.drawn) : d[0].field_error < 0.1 * d[0].plain_error])
    error_message = "networks on the constraints miss the field by ${jsonencode({ for c, d in local.drawn : c => [for x in d : x.field_error] })}"
  }
}

check "attractors_of_constrained_networks" {
  assert {
    condition     = alltrue([for m in values(local.point) : m.stable_fixed_points == m.truth_stable_fixed_points && m.attractor_error < 0.01])
    error_message = "stable fixed points and how far they are from the mean field's: ${jsonencode({ for key, m in local.point : key => [m.stable_fixed_points, m.attractor_error] })}"
  }
  assert {
    condition     = alltrue([for m in values(local.cycle) : m.cycles == 1 && m.period_error < 0.005 && m.cycle_radius_error < 0.002])
    error_message = "limit cycles, relative errors of period and radius: ${jsonencode({ for key, m in local.cycle : key => [m.cycles, m.period_error, m.cycle_radius_error] })}"
  }
  assert {
    condition     = alltrue([for m in values(local.ring) : m.ring_drift < 0.005 && m.ring_radius_error < 0.005])
    error_message = "drift along the ring, relative error of its radius: ${jsonencode({ for key, m in local.ring : key => [m.ring_drift, m.ring_radius_error] })}"
  }
}
