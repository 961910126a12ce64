# What connectivity does a decision in rat frontal cortex require?
#
#   reprise run experiments/rat-cortex                                    a simulated recording, no data needed
#   reprise run experiments/rat-cortex --var recording=T176_2018_05_03    a real one, from REPRISE_DATASETS or its address
#
# README.md has what came out.

experiment "rat_cortex" {
  title = "Connectivity that rat frontal cortex needs for a decision"
  cites = ["arXiv:2603.26506", "PMID:37904994"]
}

variable "recording" {
  type        = string
  default     = ""
  description = "A recording to use, such as T176_2018_05_03; empty: a simulated one."
  validation {
    condition     = contains(["", "T176_2018_05_03", "T212_2019_08_21"], var.recording)
    error_message = "recording is T176_2018_05_03, T212_2019_08_21, or empty"
  }
}

variable "rank" {
  type        = number
  default     = null
  description = "Rank of the recurrent connectivity. Not given: 2, and 1 for T212_2019_08_21, whose neurons hardly read a second latent."
  validation {
    condition     = coalesce(var.rank, 2) >= 1 && coalesce(var.rank, 2) <= 8
    error_message = "rank is a whole number from 1 to 8"
  }
}

variable "seed" {
  type        = number
  default     = 1
  description = "Seed of the fit that is looked at closely, of its law's nodes and of the flow."
}

variable "seeds" {
  type        = number
  default     = null
  description = "From how many seeds fits start that are compared. Not given: 5 for a recording, 3 for the simulated one (small: 2)."
}

variable "folds" {
  type        = number
  default     = null
  description = "How many of the five folds of trials are held out, in turn. Not given: 5 for a recording, 1 for the simulated one."
}

variable "laws" {
  type        = list(number)
  default     = null
  description = "Seeds whose fits get a law each, to compare. Not given: all seeds for a recording, none for the simulated one."
}

variable "size" {
  type        = string
  default     = "full"
  description = "full, or small for a quick look: fewer trials and a shorter training of the flow."
  validation {
    condition     = contains(["full", "small"], var.size)
    error_message = "size is full or small"
  }
}

locals {
  # The public recordings, by the digest of their bytes.
  recordings = {
    T176_2018_05_03 = "0c61aa80b96a0e3c386aa7915deb2932e540f9e269fafcdb48abbb66ffb6f087"
    T212_2019_08_21 = "c9e503116959418b0658ed95e887755b7a09271b84e8b400853ff758f39dd229"
  }
  small    = var.size == "small"
  recorded = var.recording != ""
  rank     = coalesce(var.rank, var.recording == "T212_2019_08_21" ? 1 : 2)
  clicks   = { intact = false, shuffled = true }

  # Both sources give the same tables; one of them is on.
  trials = coalesce(stage.recorded, stage.simulated)
}

dataset "recording" {
  for_each = local.recordings
  url      = "https://github.com/Brody-Lab/decision_dynamics_commitment/raw/532b308672f0bc17e1b4c763eb546815633b936d/data/processed_data/recordings/${each.key}.mat"
  sha256   = each.value
}

# 1. Trials: spikes and clicks, as recorded or simulated, and once with the
#    clicks shuffled across trials as a control.

stage "load_clicks_recording" "recorded" {
  for_each       = local.clicks
  when           = local.recorded
  file           = dataset.recording[var.recording]
  shuffle_clicks = each.value
}

stage "simulate_clicks" "simulated" {
  for_each       = local.clicks
  when           = !local.recorded
  trials         = local.small ? 150 : 400
  neurons        = local.small ? 30 : 60
  seed           = 2
  shuffle_clicks = each.value
}

# 2. A low-rank recurrent network fitted to them, and the same fit without what
#    it should need: the right clicks, or the slow drift of rates.

stage "fit_lrrnn" "fit" {
  trials = local.trials["intact"]
  rank   = local.rank
  seed   = var.seed
}

stage "fit_lrrnn" "control" {
  for_each = {
    shuffled = { clicks = "shuffled", drift = true }
    no_drift = { clicks = "intact", drift = false }
  }
  trials = local.trials[each.value.clicks]
  rank   = local.rank
  drift  = each.value.drift
  seed   = var.seed
}

# 3. The part of its connectivity that the data identify.

stage "identifiable_subspace" "subspace" {
  fit       = stage.fit
  tolerance = 1e-2
}

# 4. The least biased distribution of connections with the same dynamics: the
#    maximum-entropy law, and a flow that learns it.

stage "maxent_flow" "flow" {
  target = stage.fit
  seed   = var.seed
  steps  = local.small ? 2000 : 6000
}

# 5. How good are they?

stage "evaluate_fit" "score" {
  trials   = local.trials["intact"]
  fit      = stage.fit
  subspace = stage.subspace
}

stage "evaluate_fit" "control_score" {
  for_each = { shuffled = "shuffled", no_drift = "intact" }
  trials   = local.trials[each.value]
  fit      = stage.control[each.key]
}

stage "evaluate_flow" "flow_score" {
  flow  = stage.flow
  truth = !local.recorded ? stage.simulated["intact"] : null
}

stage "plot" "portrait" {
  figure = "phase_portrait"
  field  = stage.flow_score
  states = stage.fit
  trials = local.trials["intact"]
}

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

locals {
  score    = stage.score.metrics
  shuffled = stage.control_score["shuffled"].metrics

  # Held-out bits/spike that a correct fit of rank 2 reaches.
  reaches = lookup({ T176_2018_05_03 = 0.085, T212_2019_08_21 = 0.063 }, var.recording, 0.02)

  # How far the identified part may fall behind: measured on T176_2018_05_03,
  # with a margin for other recordings and for the small simulated one.
  near = var.recording == "T176_2018_05_03" ? 0.0005 : 0.002

  # How near a fit to shuffled clicks must come to no network at all.
  same = local.small ? 0.02 : 0.003 # so few trials are overfitted

  # How much held-out likelihood the recurrence must be worth.
  recurrence = var.recording == "T212_2019_08_21" ? 0.01 : 0.015

  # Over seeds and folds.
  bits    = mean(stage.scores[*].metrics.bits_per_spike)
  without = mean(stage.scores[*].metrics.bits_per_spike_without_recurrence)
  frozen  = mean(stage.frozen_scores[*].metrics.bits_per_spike)
  part    = [for s in stage.scores[*].metrics : max(abs(s.bits_per_spike - s.bits_per_spike_identified), abs(s.bits_per_spike - s.bits_per_spike_identified_plus_noise))]
  copied  = stage.subspaces[*].metrics.copied
  resting = { for c in keys(local.inputs) : c => [for key, at in local.moving : stage.dynamics[key].metrics.stable_fixed_points if at.clicks == c] }

  # The fits of a recording come to rest at one state, those of the simulated
  # network, as itself, at two.
  rest = local.recorded ? 1 : 2

  # Fields and laws are asked to agree where a fit has one latent: of two, each
  # seed has its own second.
  agree = local.recorded && local.rank == 1 && length(local.seeds) > 1 && length(local.laws) > 1
}

check "fit_predicts_spikes" {
  assert {
    condition     = local.score.bits_per_spike >= local.reaches
    error_message = "held-out likelihood is ${local.score.bits_per_spike} bits/spike, below ${local.reaches}"
  }
}

check "clicks_matter" {
  assert {
    condition     = abs(local.shuffled.bits_per_spike - local.shuffled.bits_per_spike_offsets_only) < local.same
    error_message = "with shuffled clicks the fit gives ${local.shuffled.bits_per_spike} bits/spike, psth and drift alone ${local.shuffled.bits_per_spike_offsets_only}: they differ by ${local.same} or more"
  }
}

check "identified_part_is_what_counts" {
  assert {
    condition     = abs(local.score.bits_per_spike - local.score.bits_per_spike_identified) < local.near
    error_message = "the identified part of n gives ${local.score.bits_per_spike_identified} bits/spike, the whole of n ${local.score.bits_per_spike}"
  }
  assert {
    condition     = abs(local.score.bits_per_spike - local.score.bits_per_spike_identified_plus_noise) < local.near
    error_message = "with noise in what the data do not identify: ${local.score.bits_per_spike_identified_plus_noise} bits/spike, without ${local.score.bits_per_spike}"
  }
  assert {
    condition     = local.score.bits_per_spike - local.score.bits_per_spike_without_recurrence > local.recurrence
    error_message = "without recurrence the fit gives ${local.score.bits_per_spike_without_recurrence} bits/spike, with it ${local.score.bits_per_spike}: recurrence hardly counts"
  }
}

check "law_holds" {
  assert {
    condition     = stage.flow.metrics.law_error < 0.05 && abs(stage.flow.metrics.dlogz) < 0.02 && stage.flow.metrics.max_weight < 0.005
    error_message = "the law misses the field by ${stage.flow.metrics.law_error} on held-out nodes and states, dlogz ${stage.flow.metrics.dlogz}, largest weight ${stage.flow.metrics.max_weight}"
  }
  assert {
    condition     = alltrue([for m in stage.laws[*].metrics : m.law_error < 0.05 && abs(m.dlogz) < 0.02 && m.max_weight < 0.005])
    error_message = "laws miss the fields of their fits by ${jsonencode(stage.laws[*].metrics.law_error)}"
  }
}

check "flow_learned_the_law" {
  assert {
    condition     = stage.flow.metrics.kl_flow < 0.15
    error_message = "the flow is ${stage.flow.metrics.kl_flow} nats from the law"
  }
}

check "holds_for_seeds_and_folds" {
  assert {
    condition     = local.bits >= local.reaches
    error_message = "over seeds and folds, held-out likelihood is ${local.bits} bits/spike on average, below ${local.reaches}"
  }
  assert {
    # Measured: 2e-5 at most on recordings.
    condition     = max(local.part...) < (local.recorded ? 0.0002 : 0.002)
    error_message = "with the identified part of n, alone or with noise, some fit explains ${max(local.part...)} bits/spike more or less than with all of n"
  }
}

# Of what recurrence explains, fits whose n stays at random numbers explain 96 %
# on T176_2018_05_03, all on T212_2019_08_21 and 0.9 on the smallest simulated session.
check "no_particular_n_is_needed" {
  assert {
    condition     = local.frozen - local.without > 0.8 * (local.bits - local.without)
    error_message = "with n frozen at its start, fits explain ${local.frozen} bits/spike, with n fitted ${local.bits}, with n = 0 ${local.without}"
  }
}

# Measured: .92 and more.
check "the_rest_is_where_the_fit_started" {
  assert {
    condition     = min(local.copied...) > 0.85
    error_message = "outside of the identified subspace, connectivity and its start correlate by ${jsonencode(local.copied)}"
  }
}

# Measured: 1.19 to 1.27; unrelated ones are 1.41 apart.
check "connectivities_differ" {
  assert {
    condition     = stage.agreement.metrics.distance > 1
    error_message = "fits from different seeds are ${stage.agreement.metrics.distance} apart"
  }
}

# Without clicks states are further from those that were visited: one fit in 25
# of either recording differs there. T176_2018_05_03 has rank 2, where fields and laws
# do not agree, and is not asked; with --var rank=1 it is.
check "seeds_agree_on_dynamics" {
  assert {
    condition     = alltrue([for n in local.resting.balanced : n == local.rest])
    error_message = "stable states while both sides click alike, by fit: ${jsonencode(local.resting.balanced)}, where ${local.rest} was expected"
  }
  assert {
    condition     = length([for n in local.resting.none : n if n == local.rest]) >= 0.9 * length(local.resting.none)
    error_message = "stable states without clicks, by fit: ${jsonencode(local.resting.none)}, where ${local.rest} was expected"
  }
  assert {
    # Measured: .057 on T212_2019_08_21, .070 on T176_2018_05_03.
    condition     = !local.agree || mean([for key, at in local.moving : stage.beside_first[key].metrics.truth_error if at.seed > 0 && at.clicks == "balanced"]) < 0.1
    error_message = "while both sides click alike, fields of fits from different seeds differ by more than 0.1"
  }
  assert {
    # Measured: .85 and 1.04 times the floor.
    condition     = local.agree ? stage.law_agreement.metrics.law_distance < 1.3 * stage.law_agreement.metrics.law_floor : true
    error_message = "laws of fits from different seeds are further apart than 1.3 times what one law is from itself"
  }
}

output "bits_per_spike" {
  value       = local.score.bits_per_spike
  description = "Held-out log likelihood over each neuron's mean rate, bits per spike."
}

output "over_seeds_and_folds" {
  value = {
    fits           = length(local.sweep)
    bits_per_spike = local.bits
    n_frozen       = local.frozen
    n_zero         = local.without
    copied         = mean(local.copied)
  }
  description = "Held-out bits per spike of all fits on average, with n fitted, frozen at its start, and 0; and how much of what is not identified is the start."
}

output "identified" {
  value       = "${stage.subspace.metrics.identified_dimension} directions hold ${format("%.0f", 100 * stage.subspace.metrics.identified_fraction)} % of |n|^2, taking the fitted m, B and b as known (regime A)"
  description = "How much of the fitted connectivity the data identify."
}

output "law" {
  value       = "the least biased distribution of connections that gives the fitted latents their dynamics (regime B) misses them by ${format("%.1f", 100 * stage.flow.metrics.law_error)} %; the scales of its base are a choice"
  description = "What is claimed of the law."
}
