# What of it holds for other seeds and other held-out trials: experiment.hcl has the
# one fit that all this is about.

# 6. Does it hold for other seeds and other held-out trials? What of n is
#    required, and what is left of where the fit started?

locals {
  seeds = range(coalesce(var.seeds, local.recorded ? 5 : local.small ? 2 : 3))
  folds = [for k in range(coalesce(var.folds, local.recorded ? 5 : 1)) : 4 - k]

  # fold=4,seed=0 and so on
  sweep = grid({ seed = local.seeds, fold = local.folds })

  # The fits of the last fold, one a seed.
  last = { for key, at in local.sweep : "seed=${at.seed}" => key if at.fold == 4 }

  trials_of = coalesce(stage.recorded_fold, stage.simulated_fold)
}

stage "load_clicks_recording" "recorded_fold" {
  for_each  = { for k in local.folds : "fold=${k}" => k }
  when      = local.recorded
  file      = dataset.recording[var.recording]
  test_fold = each.value
}

stage "simulate_clicks" "simulated_fold" {
  for_each  = { for k in local.folds : "fold=${k}" => k }
  when      = !local.recorded
  trials    = local.small ? 150 : 400
  neurons   = local.small ? 30 : 60
  seed      = 2
  test_fold = each.value
}

stage "fit_lrrnn" "fits" {
  for_each = local.sweep
  trials   = local.trials_of["fold=${each.value.fold}"]
  rank     = local.rank
  seed     = each.value.seed
}

# n stays as it started, and all else is fitted: what such a fit explains needs
# no particular n.
stage "fit_lrrnn" "frozen" {
  for_each = local.sweep
  trials   = local.trials_of["fold=${each.value.fold}"]
  rank     = local.rank
  frozen   = ["n"]
  seed     = each.value.seed
}

stage "identifiable_subspace" "subspaces" {
  for_each  = local.sweep
  fit       = stage.fits[each.key]
  tolerance = 1e-2
}

stage "evaluate_fit" "scores" {
  for_each = local.sweep
  trials   = local.trials_of["fold=${each.value.fold}"]
  fit      = stage.fits[each.key]
  subspace = stage.subspaces[each.key]
}

stage "evaluate_fit" "frozen_scores" {
  for_each = local.sweep
  trials   = local.trials_of["fold=${each.value.fold}"]
  fit      = stage.frozen[each.key]
}

# How much of n may go before spikes notice.
locals {
  tolerances = grid({
    seed      = local.seeds
    tolerance = local.recorded ? [1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 1e-4] : [1e-1]
  })
}

stage "identifiable_subspace" "part" {
  for_each  = local.tolerances
  fit       = stage.fits[local.last["seed=${each.value.seed}"]]
  tolerance = each.value.tolerance
}

stage "evaluate_fit" "part_scores" {
  for_each = local.tolerances
  trials   = local.trials_of["fold=4"]
  fit      = stage.fits[local.last["seed=${each.value.seed}"]]
  subspace = stage.part[each.key]
}

# 7. Do fits from other seeds agree: neuron by neuron, and in what their dynamics
#    do, without clicks and while both sides click alike?

stage "compare_connectivity" "agreement" {
  fits      = [for key in values(local.last) : stage.fits[key]]
  subspaces = [for key in values(local.last) : stage.subspaces[key]]
}

locals {
  # v of 2 is 20 clicks a second, which is what each side has on average.
  inputs = { none = [], balanced = [2, 2] }
  moving = grid({ seed = local.seeds, fold = local.folds, clicks = keys(local.inputs) })
}

# Beside the network that made the data, where that is known and has as many latents.
stage "analyze_dynamics" "dynamics" {
  for_each = local.moving
  of       = stage.fits["fold=${each.value.fold},seed=${each.value.seed}"]
  truth    = local.recorded || local.rank != 2 ? null : stage.simulated_fold["fold=${each.value.fold}"]
  input    = local.inputs[each.value.clicks]
}

# Where it is not, beside the fit of the first seed, whose fields and fixed
# points are called the truth's here.
stage "analyze_dynamics" "beside_first" {
  for_each = { for key, at in local.moving : key => at if at.seed > 0 }
  when     = local.recorded
  of       = stage.fits["fold=${each.value.fold},seed=${each.value.seed}"]
  truth    = stage.fits["fold=${each.value.fold},seed=0"]
  input    = local.inputs[each.value.clicks]
}

# 8. Laws of these fits, from one base for all, since laws from different bases
#    differ: its scales are about the fits' own root mean squares.

locals {
  laws = { for s in coalesce(var.laws, local.recorded ? local.seeds : []) : "seed=${s}" => s }

  base = lookup({
    T176_2018_05_03 = { m = 0.4, B = 0.4, b = 0.12, n = 12 }
    T212_2019_08_21 = { m = 0.35, B = 0.3, b = 0.08, n = 4.7 }
  }, var.recording, { m = 0.4, B = 0.25, b = 0.12, n = 9 })
}

stage "maxent_flow" "laws" {
  for_each = local.laws
  target   = stage.fits[local.last[each.key]]
  base_m   = local.base.m
  base_B   = local.base.B
  base_b   = local.base.b
  base_n   = local.base.n
  steps    = 25 # of the flow, which nobody looks at
  width    = 8
}

stage "analyze_dynamics" "law_dynamics" {
  for_each = local.laws
  of       = stage.laws[each.key]
}

stage "compare_connectivity" "law_agreement" {
  when = length(local.laws) > 1
  laws = stage.laws[*]
}

# 9. What a silenced tenth of the neurons would do, and how much of that is not
#    determined.

stage "perturb" "silenced" {
  for_each = { largest = "m", random = "random" }
  network  = stage.fit
  silence  = each.value
  fraction = 0.1
}
