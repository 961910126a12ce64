# Does noise within the network decide, or do the clicks?
#
#   reprise run experiments/latent-noise
#   reprise run experiments/latent-noise --var recording=T176_2018_05_03
#
# The same network is fitted twice, once driven by the clicks alone and once by
# clicks and noise. By default the data are simulated, with noise that hides the
# choice from anybody who only hears the clicks; the true model is scored beside
# the fits.

experiment "latent_noise" {
  title = "Latent noise behind decisions"
  cites = ["PMID:37904994", "arXiv:1509.00519"]
}

variable "recording" {
  type        = string
  default     = ""
  description = "A recording to use, such as T176_2018_05_03; empty: a simulated session."
  validation {
    condition     = contains(["", "T176_2018_05_03", "T212_2019_08_21"], var.recording)
    error_message = "recording is T176_2018_05_03, T212_2019_08_21, or empty"
  }
}

variable "rank" {
  type        = number
  default     = 2
  description = "Rank of the fits."
}

variable "trials" {
  type        = number
  default     = 1000
  description = "Trials of the simulated session."
}

variable "noise" {
  type        = number
  default     = 0.3
  description = "Standard deviation of the simulated latents' noise in each step."
}

locals {
  recordings = {
    T176_2018_05_03 = "0c61aa80b96a0e3c386aa7915deb2932e540f9e269fafcdb48abbb66ffb6f087"
    T212_2019_08_21 = "c9e503116959418b0658ed95e887755b7a09271b84e8b400853ff758f39dd229"
  }
  simulated = var.recording == ""
  trials    = coalesce(stage.recorded, stage.simulated)
  clicks    = stage.score["clicks"].metrics
  noise     = stage.score["noise"].metrics
}

dataset "recording" {
  for_each = local.recordings
  url      = "https://github.com/Brody-Lab/decision_dynamics_commitment/raw/532b308672f0bc17e1b4c763eb546815633b936d/data/processed_data/recordings/${each.key}.mat"
  sha256   = each.value
}

stage "load_clicks_recording" "recorded" {
  when = !local.simulated
  file = dataset.recording[var.recording]
}

stage "simulate_clicks" "simulated" {
  when         = local.simulated
  trials       = var.trials
  latent_noise = var.noise
}

stage "fit_lrrnn" "fit" {
  for_each     = { clicks = false, noise = true }
  trials       = local.trials
  rank         = var.rank
  latent_noise = each.value

  # The average over trials has in it what the latents do on average. Taken as an
  # offset it is in their way where, as here, that is most of it; recordings have
  # more of their own, and fits are better with it.
  psth = !local.simulated
}

stage "evaluate_fit" "score" {
  for_each = stage.fit
  trials   = local.trials
  fit      = each.value
}

# The simulated session's own model, scored as if it were a fit.
stage "evaluate_fit" "truth" {
  when   = local.simulated
  trials = stage.simulated
  fit    = stage.simulated
}

stage "plot" "raster" {
  figure  = "raster"
  trials  = local.trials
  neurons = [0, 1, 2]
  step    = 0.01
}

stage "plot" "psth" {
  figure = "psth"
  score  = stage.score["noise"]
  step   = 0.01
}

stage "plot" "training" {
  figure = "loss"
  runs   = stage.fit[*]
  groups = keys(stage.fit)
}

check "noise_explains" {
  assert {
    condition     = local.noise.bits_per_spike_bound > local.clicks.bits_per_spike + 0.005
    error_message = "with latent noise ${local.noise.bits_per_spike_bound} bits/spike (a lower bound), without ${local.clicks.bits_per_spike}"
  }
  assert {
    condition     = local.noise.choice_accuracy > local.clicks.choice_accuracy
    error_message = "the choice is decoded from the latents in ${local.noise.choice_accuracy} of the trials with latent noise, in ${local.clicks.choice_accuracy} without"
  }
}

check "near_the_truth" {
  when = local.simulated
  assert {
    condition     = local.noise.bits_per_spike_bound > 0.95 * stage.truth.metrics.bits_per_spike_bound
    error_message = "the fit's bound is more than 5 % below the true model's"
  }
}

output "bits_per_spike" {
  value = {
    clicks = local.clicks.bits_per_spike
    noise  = local.noise.bits_per_spike_bound
  }
  description = "Held-out likelihood above each neuron's mean rate; with latent noise a lower bound of it."
}
