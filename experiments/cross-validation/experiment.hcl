# Which rank do decisions need, and do fits from different seeds agree?
#
# A sweep: every seed on every fold of the trials at every rank, then the table of it.
#
#   reprise run     experiments/cross-validation --var recording=T176_2018_05_03
#   reprise metrics experiments/cross-validation --var recording=T176_2018_05_03 score
#   reprise show    experiments/cross-validation --var recording=T176_2018_05_03 choice ranks
#
# One more rank runs only what is new: add --var 'ranks=[1, 2, 3, 4]'.

experiment "cross_validation" {
  title = "The rank of recurrent connectivity behind decisions, by cross-validation"
  cites = ["PMID:37904994"]
}

variable "recording" {
  type        = string
  default     = ""
  description = "A recording to use, such as T176_2018_05_03; empty: a small simulated one."
  validation {
    condition     = contains(["", "T176_2018_05_03", "T212_2019_08_21"], var.recording)
    error_message = "recording is T176_2018_05_03, T212_2019_08_21, or empty"
  }
}

variable "ranks" {
  type        = list(number)
  default     = [1, 2, 3]
  description = "Ranks to compare."
}

variable "seeds" {
  type        = number
  default     = 5
  description = "How many seeds a fit starts from."
}

variable "folds" {
  type        = number
  default     = 5
  description = "In how many folds the trials are dealt; each is held out once."
}

variable "epochs" {
  type        = number
  default     = 30
  description = "Passes through the training trials of each fit."
}

locals {
  recordings = {
    T176_2018_05_03 = "0c61aa80b96a0e3c386aa7915deb2932e540f9e269fafcdb48abbb66ffb6f087"
    T212_2019_08_21 = "c9e503116959418b0658ed95e887755b7a09271b84e8b400853ff758f39dd229"
  }
  folds  = { for k in range(var.folds) : "fold=${k}" => k }
  trials = coalesce(stage.recorded, stage.simulated)

  # rank=1,seed=0,fold=0 and so on
  sweep = grid({ rank = var.ranks, seed = range(var.seeds), fold = range(var.folds) })
}

dataset "recording" {
  for_each = local.recordings
  url      = "https://github.com/Brody-Lab/decision_dynamics_commitment/raw/532b308672f0bc17e1b4c763eb546815633b936d/data/processed_data/recordings/${each.key}.mat"
  sha256   = each.value
}

stage "load_clicks_recording" "recorded" {
  for_each  = local.folds
  when      = var.recording != ""
  file      = dataset.recording[var.recording]
  folds     = var.folds
  test_fold = each.value
}

stage "simulate_clicks" "simulated" {
  for_each  = local.folds
  when      = var.recording == ""
  trials    = 100
  neurons   = 20
  seed      = 2
  folds     = var.folds
  test_fold = each.value
}

stage "fit_lrrnn" "fit" {
  for_each = local.sweep
  trials   = local.trials["fold=${each.value.fold}"]
  rank     = each.value.rank
  seed     = each.value.seed
  epochs   = var.epochs
}

stage "evaluate_fit" "score" {
  for_each = local.sweep
  trials   = local.trials["fold=${each.value.fold}"]
  fit      = stage.fit[each.key]
}

# The fits of a rank from all seeds and folds, compared whatever basis each has
# written its latents in.
stage "compare_connectivity" "agreement" {
  for_each = { for r in var.ranks : "rank=${r}" => r }
  fits     = [for key, at in local.sweep : stage.fit[key] if at.rank == each.value]
}

stage "plot" "distances" {
  for_each   = stage.agreement
  figure     = "dissimilarity"
  comparison = each.value
}

# The smallest rank that predicts held-out trials about as well as the best,
# compared trial by trial.
stage "select_rank" "choice" {
  scores = stage.score[*]
}

# Each fold from each seed, and their mean. Its bars take all for independent,
# which they are not; the errors of stage.choice do not.
stage "plot" "by_rank" {
  figure  = "sweep"
  x       = values(local.sweep)[*].rank
  y       = stage.score[*].metrics.bits_per_spike
  x_label = "rank"
  y_label = "held-out bits a spike"
}

# What follows goes on with that rank, which is known when all scores are: a fit
# of it, which is one of the sweep and so runs no more, and what it pins down.
stage "fit_lrrnn" "chosen" {
  trials = local.trials["fold=0"]
  rank   = stage.choice.metrics.rank
  seed   = 0
  epochs = var.epochs
}

stage "identifiable_subspace" "identified" {
  fit = stage.chosen
}

locals {
  # Mean held-out likelihood of each rank, over seeds and folds.
  by_rank = {
    for r in var.ranks : "rank=${r}" => mean([for key, at in local.sweep : stage.score[key].metrics.bits_per_spike if at.rank == r])
  }
}

check "every_rank_predicts_spikes" {
  assert {
    condition     = min(values(local.by_rank)...) > 0
    error_message = "held-out likelihood of the ranks, bits/spike: ${jsonencode(local.by_rank)}"
  }
}

output "bits_per_spike" {
  value       = local.by_rank
  description = "Held-out log likelihood over each neuron's mean rate, mean over seeds and folds."
}

output "rank" {
  value       = stage.choice.metrics.rank
  description = "The smallest rank within one standard error of the best, paired by trial."
}

output "best_rank" {
  value       = stage.choice.metrics.best_rank
  description = "The rank that predicts held-out trials best."
}
