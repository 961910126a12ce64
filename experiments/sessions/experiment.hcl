# How well does the same fit predict several sessions, and how far do sessions
# differ?
#
# Simulated sessions by default; with the two public recordings:
#
#   reprise run  experiments/sessions --var recorded=true
#   reprise show experiments/sessions --var recorded=true all sessions

experiment "sessions" {
  title = "A decision network fitted to several sessions, pooled"
  cites = ["PMID:37904994"]
}

variable "recorded" {
  type        = bool
  default     = false
  description = "Whether to take the two recordings instead of three simulated sessions."
}

variable "rank" {
  type        = number
  default     = 2
  description = "Rank of the recurrent connectivity."
}

variable "seeds" {
  type        = number
  default     = 3
  description = "How many seeds the fit of a session starts from."
}

locals {
  recordings = {
    T176_2018_05_03 = "0c61aa80b96a0e3c386aa7915deb2932e540f9e269fafcdb48abbb66ffb6f087"
    T212_2019_08_21 = "c9e503116959418b0658ed95e887755b7a09271b84e8b400853ff758f39dd229"
  }
  simulated = { first = 1, second = 2, third = 3 } # seeds of their networks and trials

  sessions = var.recorded ? keys(local.recordings) : keys(local.simulated)
  trials   = coalesce(stage.recorded, stage.simulated)

  # seed=0,session=first and so on
  sweep = grid({ session = local.sessions, seed = range(var.seeds) })
}

dataset "recording" {
  for_each = local.recordings
  url      = "https://github.com/Brody-Lab/decision_dynamics_commitment/raw/532b308672f0bc17e1b4c763eb546815633b936d/data/processed_data/recordings/${each.key}.mat"
  sha256   = each.value
}

stage "load_clicks_recording" "recorded" {
  for_each = local.recordings
  when     = var.recorded
  file     = dataset.recording[each.key]
}

stage "simulate_clicks" "simulated" {
  for_each = local.simulated
  when     = !var.recorded
  trials   = 150
  neurons  = 20
  seed     = each.value
}

stage "fit_lrrnn" "fit" {
  for_each = local.sweep
  trials   = local.trials[each.value.session]
  rank     = var.rank
  seed     = each.value.seed
}

stage "evaluate_fit" "score" {
  for_each = local.sweep
  trials   = local.trials[each.value.session]
  fit      = stage.fit[each.key]
}

# A session counts once, by the mean over its seeds.
stage "pool_sessions" "all" {
  sessions = { for s in local.sessions : s => [for key, at in local.sweep : stage.score[key] if at.session == s] }
  metrics  = ["bits_per_spike", "bits_per_spike_offsets_only", "choice_accuracy", "psth_r2_pooled"]
}

# Rates by choice of the busiest neurons on test trials, for the first seed.
stage "plot" "psth" {
  for_each = toset(local.sessions)
  figure   = "psth"
  score    = stage.score["seed=0,session=${each.key}"]
  step     = 0.01
  title    = each.key
}

check "network_predicts" {
  assert {
    condition     = stage.all.metrics.bits_per_spike > stage.all.metrics.bits_per_spike_offsets_only
    error_message = "the network adds nothing to the offsets: ${stage.all.metrics.bits_per_spike} bits/spike, ${stage.all.metrics.bits_per_spike_offsets_only} without it"
  }
}

output "bits_per_spike" {
  value       = stage.all.metrics.bits_per_spike
  description = "Held-out log likelihood over each neuron's mean rate, mean over sessions."
}

output "interval" {
  value       = [stage.all.metrics.bits_per_spike_low, stage.all.metrics.bits_per_spike_high]
  description = "Its 95 % interval, sessions being the sample."
}
