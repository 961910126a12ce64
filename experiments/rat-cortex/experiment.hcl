# What connectivity does a decision in rat frontal cortex require?
#
#   reprise run experiments/rat-cortex                                    a simulated recording, no data needed
#   reprise run experiments/rat-cortex --var recording=T176_2018_05_03    a real one, from REPRISE_DATASETS or its address

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
  default     = 2
  description = "Rank of the recurrent connectivity."
  validation {
    condition     = var.rank >= 1 && var.rank <= 8
    error_message = "rank is a whole number from 1 to 8"
  }
}

variable "seed" {
  type        = number
  default     = 1
  description = "Seed of the fits, the law's nodes and the flow."
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
  small  = var.size == "small"
  clicks = { intact = false, shuffled = true }

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
  when           = var.recording != ""
  file           = dataset.recording[var.recording]
  shuffle_clicks = each.value
}

stage "simulate_clicks" "simulated" {
  for_each       = local.clicks
  when           = var.recording == ""
  trials         = local.small ? 150 : 400
  neurons        = local.small ? 30 : 60
  seed           = 2
  shuffle_clicks = each.value
}

# 2. A low-rank recurrent network fitted to them, and the same fit without what
#    it should need: the right clicks, or the slow drift of rates.

stage "fit_lrrnn" "fit" {
  trials = local.trials["intact"]
  rank   = var.rank
  seed   = var.seed
}

stage "fit_lrrnn" "control" {
  for_each = {
    shuffled = { clicks = "shuffled", drift = true }
    no_drift = { clicks = "intact", drift = false }
  }
  trials = local.trials[each.value.clicks]
  rank   = var.rank
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
  truth = var.recording == "" ? stage.simulated["intact"] : null
}

stage "plot" "portrait" {
  figure = "phase_portrait"
  field  = stage.flow_score
  states = stage.fit
  trials = local.trials["intact"]
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
}

check "flow_learned_the_law" {
  assert {
    condition     = stage.flow.metrics.kl_flow < 0.15
    error_message = "the flow is ${stage.flow.metrics.kl_flow} nats from the law"
  }
}

output "bits_per_spike" {
  value       = local.score.bits_per_spike
  description = "Held-out log likelihood over each neuron's mean rate, bits per spike."
}

output "identified" {
  value       = "${stage.subspace.metrics.identified_dimension} directions hold ${format("%.0f", 100 * stage.subspace.metrics.identified_fraction)} % of |n|^2, taking the fitted m, B and b as known (regime A)"
  description = "How much of the fitted connectivity the data identify."
}

output "law" {
  value       = "the least biased distribution of connections that gives the fitted latents their dynamics (regime B) misses them by ${format("%.1f", 100 * stage.flow.metrics.law_error)} %; the scales of its base are a choice"
  description = "What is claimed of the law."
}
