# Does it all hold with three latents, and with four? Networks with 2^R stable
# states at known places, from the exact field and through data.

experiment "more_latents" {
  title = "Eight and sixteen attractors"
  cites = ["arXiv:2603.26506"]
}

variable "size" {
  type        = string
  default     = "full"
  description = "full, or small for a quick look: three latents, fewer neurons and states, flows hardly trained."
  validation {
    condition     = contains(["full", "small"], var.size)
    error_message = "size is full or small"
  }
}

locals {
  small = var.size == "small"
  dt    = 0.05
  # About half as much again as was measured with three and four latents; at the small
  # size as was measured there.
  limit = local.small ? { apart = 0.1, norm = 0.05, law = 0.05, kl = 4, drawn = 0.03, fitted = 0.25 } : { apart = 0.12, norm = 0.02, law = 0.035, kl = 0.8, drawn = 0.03, fitted = 0.2 }
  ranks = { for r in local.small ? [3] : [3, 4] : "rank=${r}" => r }
  fits  = { for f in setproduct(keys(local.ranks), [1, 2]) : "${f[0]},seed=${f[1]}" => { of = f[0], rank = local.ranks[f[0]], seed = f[1] } }
}

stage "simulate_network" "mean_field" {
  for_each         = local.ranks
  system           = "four_attractors"
  rank             = each.value
  neurons          = local.small ? 2048 : 16384
  sampling         = "quasirandom"
  observed_neurons = 1
  trials           = 128
  dt               = local.dt
}

stage "maxent_flow" "exact" {
  for_each = local.ranks
  target   = stage.mean_field[each.key]
  whiten   = false
  base_m   = 1
  base_b   = 0.3
  base_n   = 2
  states   = local.small ? 60 : 150
  epsilon  = 0.01
  climb    = !local.small
  steps    = local.small ? 50 : 2500
}

stage "analyze_dynamics" "law" {
  for_each = local.ranks
  of       = stage.exact[each.key]
  truth    = stage.mean_field[each.key]
}

stage "analyze_dynamics" "flow" {
  for_each = local.ranks
  of       = stage.exact[each.key]
  part     = "flow"
  truth    = stage.mean_field[each.key]
}

stage "sample_network" "drawn" {
  for_each = local.ranks
  law      = stage.exact[each.key]
  neurons  = local.small ? 512 : 1024
  draws    = 5
}

# Without (1 - f) of the neurons, a latent's field is (1 - f) of what it was.
stage "perturb" "silenced" {
  for_each = local.ranks
  law      = stage.exact[each.key]
  silence  = "random"
  fraction = 0.2
  neurons  = local.small ? 4096 : 20000
  draws    = 1
}

# Through data.

stage "simulate_network" "network" {
  for_each = local.ranks
  system   = "four_attractors"
  rank     = each.value
  neurons  = local.small ? 300 : 1000
  trials   = 128
  dt       = local.dt
}

stage "fit_lrrnn" "fit" {
  for_each      = local.fits
  trials        = stage.network[each.value.of]
  rank          = each.value.rank
  leak          = local.dt
  initial_state = "given"
  epochs        = local.small ? 150 : 300
  seed          = each.value.seed
}

stage "identifiable_subspace" "subspace" {
  for_each = stage.fit
  fit      = each.value
}

stage "maxent_flow" "fitted" {
  for_each = stage.fit
  target   = each.value
  states   = local.small ? 60 : 150
  epsilon  = 0.01
  climb    = !local.small
  steps    = local.small ? 50 : 2500
}

stage "analyze_dynamics" "fitted_law" {
  for_each = local.fits
  of       = stage.fitted[each.key]
  truth    = stage.network[each.value.of]
}

stage "compare_connectivity" "laws" {
  for_each = local.ranks
  samples  = local.small ? 600 : 1500
  laws     = [for key, f in local.fits : stage.fitted[key] if f.of == each.key]
}

check "exact_field" {
  assert {
    condition     = alltrue([for key, r in local.ranks : stage.law[key].metrics.stable_fixed_points == pow(2, r) && stage.law[key].metrics.fixed_points == pow(3, r)])
    error_message = "of states at rest the laws have ${jsonencode(stage.law[*].metrics.fixed_points)}, stable ${jsonencode(stage.law[*].metrics.stable_fixed_points)}, not 3^R and 2^R"
  }
  assert {
    condition     = max(stage.law[*].metrics.attractor_error...) < local.limit.apart
    error_message = "distances from the true stable states: ${jsonencode(stage.law[*].metrics.attractor_error)}, not below ${local.limit.apart}"
  }
  assert {
    condition     = max([for key, r in local.ranks : abs(stage.law[key].metrics.stable_norm_max / stage.mean_field[key].metrics.attractor_norm - 1)]...) < local.limit.norm
    error_message = "the stable states are ${jsonencode(stage.law[*].metrics.stable_norm_max)} from 0, by quadrature ${jsonencode(stage.mean_field[*].metrics.attractor_norm)}"
  }
  assert {
    condition     = max(stage.exact[*].metrics.law_error...) < local.limit.law
    error_message = "held-out errors of the laws' fields: ${jsonencode(stage.exact[*].metrics.law_error)}, not below ${local.limit.law}"
  }
  assert {
    condition     = max(stage.exact[*].metrics.kl_flow...) < local.limit.kl
    error_message = "the flows are ${jsonencode(stage.exact[*].metrics.kl_flow)} nats from their laws, not below ${local.limit.kl}"
  }
  assert {
    condition     = alltrue([for d in stage.drawn[*].metrics : d.field_error < local.limit.drawn && d.field_error < 0.3 * d.plain_error])
    error_message = "networks on the constraints miss the field by ${jsonencode(stage.drawn[*].metrics.field_error)}, as drawn by ${jsonencode(stage.drawn[*].metrics.plain_error)}"
  }
  assert {
    condition     = alltrue([for key, r in local.ranks : stage.silenced[key].metrics.stable_fixed_points == pow(2, r)])
    error_message = "with a fifth of the neurons silent ${jsonencode(stage.silenced[*].metrics.stable_fixed_points)} states are stable, not 2^R"
  }
}

check "through_data" {
  assert {
    condition     = alltrue([for key, f in local.fits : stage.fitted_law[key].metrics.stable_fixed_points == pow(2, f.rank)])
    error_message = "stable states of the fits' laws: ${jsonencode(stage.fitted_law[*].metrics.stable_fixed_points)}, not 2^R"
  }
  assert {
    condition     = alltrue([for x in stage.fitted_law[*].metrics.attractor_error : x < local.limit.fitted])
    error_message = "distances from the true stable states: ${jsonencode(stage.fitted_law[*].metrics.attractor_error)}, not below ${local.limit.fitted}"
  }
  assert {
    condition     = alltrue([for m in stage.laws[*].metrics : m.law_distance < 1.3 * m.law_floor])
    error_message = "laws of two fits are ${jsonencode(stage.laws[*].metrics.law_distance)} apart, at a floor of ${jsonencode(stage.laws[*].metrics.law_floor)}"
  }
}
