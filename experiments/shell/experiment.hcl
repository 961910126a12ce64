# Any program is a stage: here two shell scripts, which need sh and awk alone.
# Walkers step left or right at random; how fast do they spread?
# docs/exec.md explains the kind exec line by line.

experiment "diffusion" {
  title = "Random walkers spread with the square root of time"
}

variable "seeds" {
  type        = number
  default     = 8
  description = "How many crowds of walkers to simulate."
}

variable "steps" {
  type        = number
  default     = 100
  description = "How many steps each walker takes."
}

# One task for each seed. A script knows nothing of reprise: it reads environment
# variables, and writes files into the folder that it is started in.
stage "exec" "crowd" {
  for_each = { for s in range(1, var.seeds + 1) : "seed=${s}" => s }
  command  = ["sh", "walk.sh"]
  files    = ["walk.sh"] # edit the script, and what it made is made again
  env      = { SEED = each.value, STEPS = var.steps, WALKERS = 200 }
  outputs  = { spread = "spread.csv", metrics = "metrics.json" }
  tables   = { spread = ["step", "squared_distance"] } # what others can rely on
  metrics  = ["squared_distance"]
}

# All crowds together: a folder for each of them is in $REPRISE_INPUT_crowds.
stage "exec" "law" {
  command = ["sh", "law.sh"]
  files   = ["law.sh"]
  inputs  = { crowds = stage.crowd[*] }
  format  = "csv" # awk reads no Arrow
  outputs = { spread = "spread.csv", metrics = "metrics.json", report = "report.txt" }
  metrics = ["slope", "crowds"]
}

check "diffuses" {
  assert {
    condition     = abs(stage.law.metrics.slope - 1) < 0.15
    error_message = "the squared distance grows by ${stage.law.metrics.slope} a step, not by 1"
  }
  assert { # numbers that a program wrote are metrics like any other
    condition     = abs(mean(stage.crowd[*].metrics.squared_distance) / var.steps - 1) < 0.15
    error_message = "the walkers ended at a mean squared distance of ${mean(stage.crowd[*].metrics.squared_distance)}"
  }
}

output "slope" {
  value       = stage.law.metrics.slope
  description = "Growth of the mean squared distance in a step."
}
