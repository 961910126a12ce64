# What is left of a field, and of the law that maximum entropy gives it, when the
# latents that it is estimated from are noisy, and when neurons are observed with
# noise, so that their m and b are uncertain too?

experiment "noise" {
  title = "Noise in latents and in observations"
  cites = ["arXiv:2603.26506"]
}

variable "size" {
  type        = string
  default     = "full"
  description = "full, or small for a quick look: one seed, the ends of each sweep, fits without latent noise alone."
  validation {
    condition     = contains(["full", "small"], var.size)
    error_message = "size is full or small"
  }
}

locals {
  small = var.size == "small"
  dt    = 0.05
  seeds = local.small ? [31] : [21, 22] # 31 had no say in the limits below

  # Noise of the latents per square root of tau, and of observations; the field at
  # one state is known to latent / sqrt(dt), so to .45 at .1 and 1.8 at .4, where
  # the field itself is about 1.
  levels = merge(
    { for x in local.small ? [0.05, 0.4] : [0.05, 0.1, 0.2, 0.4] : "latent=${x}" => { latent = x, observed = 0.1 } },
    { for x in local.small ? [2] : [0.5, 1, 2] : "observed=${x}" => { latent = 0.1, observed = x } },
  )
  cases = merge([for s in local.seeds : { for name, l in local.levels : "${name},seed=${s}" => merge(l, { seed = s }) }]...)

  # Fits that take the latents for what the network alone does, and fits that know
  # that noise drives them.
  fits = merge([for noisy in local.small ? [false] : [false, true] : { for name, c in local.cases : "${name},aware=${noisy}" => merge(c, { case = name, aware = noisy }) }]...)

  # truth_error of the fits that do not know of the noise, by case.
  error    = { for key, f in local.fits : f.case => stage.score[key].metrics.truth_error if !f.aware }
  quietest = [for key, c in local.cases : local.error[key] if c.latent == 0.05]
  noisiest = [for key, c in local.cases : local.error[key] if c.latent == 0.4]
  blurred  = [for key, c in local.cases : local.error[key] if c.observed == 2]
}

stage "simulate_network" "network" {
  for_each          = local.cases
  system            = "bistable"
  neurons           = 100
  latent_noise      = each.value.latent
  observation_noise = each.value.observed
  dt                = local.dt
  seed              = each.value.seed
}

stage "fit_lrrnn" "fit" {
  for_each      = local.fits
  trials        = stage.network[each.value.case]
  rank          = 1
  leak          = local.dt
  initial_state = "given"
  latent_noise  = each.value.aware
  epochs        = local.small ? 100 : 300
  seed          = each.value.seed
}

# What of the fit's n its field determines.
stage "identifiable_subspace" "subspace" {
  for_each = local.fits
  fit      = stage.fit[each.key]
}

# Whoever the neurons are: the law of the fit's field.
stage "maxent_flow" "law" {
  for_each = local.fits
  target   = stage.fit[each.key]
  states   = 60
  epsilon  = 0.01
  steps    = 100
  seed     = each.value.seed
}

stage "evaluate_flow" "score" {
  for_each = local.fits
  flow     = stage.law[each.key]
  truth    = stage.network[each.value.case]
}

check "laws" {
  assert {
    condition     = max(stage.score[*].metrics.law_error...) < 0.01
    error_message = "errors of the laws against the fits' fields: ${jsonencode(stage.score[*].metrics.law_error)}, not below 0.01 at any noise"
  }
  assert {
    condition     = alltrue([for x in stage.score[*].metrics.stable_fixed_points : x == 2])
    error_message = "stable states of the laws: ${jsonencode(stage.score[*].metrics.stable_fixed_points)}, not 2"
  }
}

check "truth" {
  assert {
    condition     = max(local.quietest...) < 0.03
    error_message = "with little noise the laws miss the true field by ${jsonencode(local.quietest)}, not below 0.03"
  }
  assert {
    condition     = min(local.noisiest...) > 4 * max(local.quietest...)
    error_message = "with eight times the noise in the latents they miss it by ${jsonencode(local.noisiest)}, not four times as much as ${jsonencode(local.quietest)}"
  }
  assert {
    condition     = max(local.blurred...) < 0.05
    error_message = "with twenty times the noise of observations they miss it by ${jsonencode(local.blurred)}, not below 0.05"
  }
}
