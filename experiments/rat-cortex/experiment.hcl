# What connectivity does a decision in rat frontal cortex require?
#
#   reprise run experiments/rat-cortex                                    a simulated recording, no data needed
#   reprise run experiments/rat-cortex --var recording=T176_2018_05_03    a real one, from REPRISE_DATASETS or its address
#
# README.md has what came out; seeds.hcl asks whether it holds for other seeds, checks.hcl
# fails where it does not.

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
