# What README.md claims, and what is put out.

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
# of either recording differs there.
check "seeds_agree_on_states" {
  assert {
    condition     = alltrue([for n in local.resting.balanced : n == local.rest])
    error_message = "stable states while both sides click alike, by fit: ${jsonencode(local.resting.balanced)}, where ${local.rest} was expected"
  }
  assert {
    condition     = length([for n in local.resting.none : n if n == local.rest]) >= 0.9 * length(local.resting.none)
    error_message = "stable states without clicks, by fit: ${jsonencode(local.resting.none)}, where ${local.rest} was expected"
  }
}

# T176_2018_05_03 has rank 2, where fields and laws do not agree, and is not asked;
# with --var rank=1 it is.
check "seeds_agree_on_fields" {
  when = local.agree
  assert {
    # Measured: .057 on T212_2019_08_21, .070 on T176_2018_05_03.
    condition     = mean([for key, at in local.moving : stage.beside_first[key].metrics.truth_error if at.seed > 0 && at.clicks == "balanced"]) < 0.1
    error_message = "while both sides click alike, fields of fits from different seeds differ by more than 0.1"
  }
  assert {
    # Measured: .85 and 1.04 times the floor.
    condition     = stage.law_agreement.metrics.law_distance < 1.3 * stage.law_agreement.metrics.law_floor
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
