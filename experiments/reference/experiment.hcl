# Another program, written in Python before this one, found the laws of four
# systems at fixed settings. Do ours, at the same settings, come out the same?

experiment "reference" {
  title = "Laws and finite networks beside an independent program's"
  cites = ["arXiv:2603.26506"]
}

variable "size" {
  type        = string
  default     = "full"
  description = "full, or small for a quick look: the bistable system alone."
  validation {
    condition     = contains(["full", "small"], var.size)
    error_message = "size is full or small"
  }
}

locals {
  # method.md, T2 and T3: nats of the law from its base, its entropy, the factor
  # C of the error C/sqrt(N) of a network of N neurons, and the distance of the law
  # from the law that the neurons were drawn from.
  measured = {
    bistable        = { kl = 1.214, entropy = 3.214, c = 0.880 }
    four_attractors = { kl = 6.049, entropy = 5.239, c = 1.341 }
    limit_cycle     = { kl = 3.269, entropy = 6.141, c = 1.404 }
    ring_attractor  = { kl = 7.301, entropy = 5.367, c = 1.244 }
  }
  systems = toset(var.size == "small" ? ["bistable"] : keys(local.measured))
  sizes   = [256, 1024, 4096]
}

stage "simulate_network" "mean_field" {
  for_each         = local.systems
  system           = each.key
  neurons          = 16384
  sampling         = "quasirandom"
  observed_neurons = 1
  dt               = 0.05
}

stage "maxent_flow" "law" {
  for_each  = local.systems
  target    = stage.mean_field[each.key]
  whiten    = false
  base_m    = 1
  base_b    = 0.3
  base_n    = 1
  tolerance = 0.003
  climb     = false
  steps     = 25
  width     = 8
}

stage "sample_network" "drawn" {
  for_each = grid({ system = local.systems, neurons = local.sizes })
  law      = stage.law[each.value.system]
  neurons  = each.value.neurons
  draws    = 20
  method   = "resampling"
}

# Neurons of the truth, beside those of the law.

stage "simulate_network" "truth" {
  for_each         = local.systems
  system           = each.key
  neurons          = 3000
  observed_neurons = 1
  dt               = 0.05
}

stage "compare_connectivity" "from_truth" {
  for_each = local.systems
  networks = [stage.truth[each.key]]
  laws     = [stage.law[each.key]]
  gauge    = "m"
}

locals {
  law = { for s in local.systems : s => stage.law[s].metrics }
  c   = { for s in local.systems : s => stage.drawn["neurons=256,system=${s}"].metrics.predicted_error * 16 } # the root of 256
}

check "laws_are_the_same" {
  assert {
    condition     = alltrue([for s, m in local.measured : abs(local.law[s].kl_law / m.kl - 1) < 0.03 if contains(local.systems, s)])
    error_message = "nats of the laws from their base: ${jsonencode({ for s in local.systems : s => [local.law[s].kl_law, local.measured[s].kl] })}"
  }
  assert {
    condition     = alltrue([for s, m in local.measured : abs(local.law[s].entropy_law - m.entropy) < 0.15 if contains(local.systems, s)])
    error_message = "entropies of the laws: ${jsonencode({ for s in local.systems : s => [local.law[s].entropy_law, local.measured[s].entropy] })}"
  }
  assert {
    condition     = alltrue([for s, m in local.measured : abs(local.c[s] / m.c - 1) < 0.03 if contains(local.systems, s)])
    error_message = "C of the error C/sqrt(N): ${jsonencode({ for s in local.systems : s => [local.c[s], local.measured[s].c] })}"
  }
}

check "networks_of_the_laws" {
  assert {
    condition     = alltrue([for d in stage.drawn[*].metrics : d.plain_error > 0.7 * d.predicted_error && d.plain_error < 1.4 * d.predicted_error])
    error_message = "networks as drawn miss the field by ${jsonencode(stage.drawn[*].metrics.plain_error)}, the laws predict ${jsonencode(stage.drawn[*].metrics.predicted_error)}"
  }
}

check "laws_are_not_the_truth" {
  assert {
    condition     = alltrue([for s in local.systems : stage.from_truth[s].metrics.law_distance > 2 * stage.from_truth[s].metrics.law_floor])
    error_message = "laws are ${jsonencode(stage.from_truth[*].metrics.law_distance)} from the truth, one law from itself ${jsonencode(stage.from_truth[*].metrics.law_floor)}"
  }
}
