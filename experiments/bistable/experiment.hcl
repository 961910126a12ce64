# Two stable states from one latent: is the law that maximum entropy gives the
# one with the right dynamics, from the exact field and from data alone?

experiment "bistable" {
  title = "A bistable network, recovered"
  cites = ["arXiv:2603.26506"]
}

variable "size" {
  type        = string
  default     = "full"
  description = "full, or small for a quick look: a smaller network and a shorter training of the flow."
  validation {
    condition     = contains(["full", "small"], var.size)
    error_message = "size is full or small"
  }
}

locals {
  small = var.size == "small"
  # Stable states of the mean field, method.md section 11: 1.8 g(sqrt(k^2 + .09)) = 1.
  attractor = 1.1073
  dt        = 0.05
}

# From the exact field: a network so large and so evenly drawn that it is the
# mean field itself.

stage "simulate_network" "mean_field" {
  system           = "bistable"
  neurons          = 16384
  sampling         = "quasirandom"
  observed_neurons = 1
  dt               = local.dt
}

stage "maxent_flow" "exact" {
  target = stage.mean_field
  whiten = false
  base_m = 1
  base_b = 0.3
  base_n = 1
  steps  = local.small ? 1000 : 2000
}

stage "evaluate_flow" "exact_score" {
  flow  = stage.exact
  truth = stage.mean_field
}

# From data: a finite network, noisy latents, noisy observations, a fit.

stage "simulate_network" "network" {
  system  = "bistable"
  neurons = local.small ? 200 : 1000
  dt      = local.dt
}

stage "fit_lrrnn" "fit" {
  trials        = stage.network
  rank          = 1
  leak          = local.dt
  initial_state = "given"
}

stage "identifiable_subspace" "subspace" {
  fit = stage.fit
}

stage "maxent_flow" "fitted" {
  target = stage.fit
  steps  = local.small ? 1000 : 2000
}

stage "evaluate_fit" "fit_score" {
  trials   = stage.network
  fit      = stage.fit
  subspace = stage.subspace
}

stage "evaluate_flow" "fitted_score" {
  flow  = stage.fitted
  truth = stage.network
}

stage "plot" "portrait" {
  figure = "phase_portrait"
  field  = stage.fitted_score
  states = stage.fit
  trials = stage.network
}

# What is known of the weights: the fit's, those that the dynamics determine, and
# the law's.
stage "plot" "connectivity" {
  figure   = "connectivity"
  network  = stage.fit
  subspace = stage.subspace
  law      = stage.fitted
}

stage "plot" "singular_values" {
  figure   = "singular_values"
  subspace = stage.subspace
}

check "exact_field" {
  assert {
    condition     = stage.exact_score.metrics.stable_fixed_points == 2
    error_message = "the law has ${stage.exact_score.metrics.stable_fixed_points} stable fixed points, not 2"
  }
  assert {
    condition     = abs(stage.exact_score.metrics.stable_norm_min - local.attractor) < 0.01 && abs(stage.exact_score.metrics.stable_norm_max - local.attractor) < 0.01
    error_message = "its stable fixed points lie at ${stage.exact_score.metrics.stable_norm_min} and ${stage.exact_score.metrics.stable_norm_max}, not at ${local.attractor}"
  }
  assert {
    condition     = stage.exact_score.metrics.law_error < 0.002
    error_message = "the law misses the exact field by ${stage.exact_score.metrics.law_error}"
  }
  assert {
    condition     = stage.exact.metrics.kl_flow < 0.03
    error_message = "the flow is ${stage.exact.metrics.kl_flow} nats from the law"
  }
}

check "through_data" {
  assert {
    condition     = stage.fitted_score.metrics.stable_fixed_points == 2
    error_message = "the law of the fit has ${stage.fitted_score.metrics.stable_fixed_points} stable fixed points, not 2"
  }
  assert {
    condition     = stage.fitted_score.metrics.truth_error < 0.1
    error_message = "the law of the fit misses the true field by ${stage.fitted_score.metrics.truth_error}"
  }
}
