# How well do darts thrown at random tell pi? All .hcl files of this folder are
# one experiment: stages that compute, and checks on what they found.
#
#   reprise plan .                   what would run, and why
#   reprise run .                    run it; what has a result is not run again
#   reprise metrics . --over seed    compare the tasks
#   reprise why . score              what a task's result depends on

experiment "darts" {
  title = "Pi by throwing darts"
}

# A variable has another value with --var seeds=10.
variable "seeds" {
  type        = number
  default     = 5
  description = "How often each number of darts is thrown."
  validation {
    condition     = var.seeds >= 2
    error_message = "seeds is at least 2, or there is no spread to speak of"
  }
}

# A stage has a kind and a name. Of the kind exec it runs a program, in a folder
# that has the files named here and nothing else; "reprise kinds exec" says more.
# With for_each it is a sweep: a task for each combination, such as
# stage.throw["darts=1000,seed=0"].
stage "exec" "throw" {
  for_each = grid({ darts = [250, 1000, 4000], seed = range(var.seeds) })
  command  = ["sh", "throw.sh", "${each.value.darts}", "${each.value.seed}"]
  files    = ["throw.sh"]
  outputs  = { darts = "darts.csv" } # a table, for the stages that take it
}

# A reference to another stage is an edge of the graph. This sweep has a task for
# each of the other, and runs again where score.sh or the darts change.
stage "exec" "score" {
  for_each = stage.throw
  command  = ["sh", "score.sh"]
  files    = ["score.sh"]
  inputs   = { throw = each.value }
  format   = "csv"                        # how the input's tables are laid out
  outputs  = { metrics = "metrics.json" } # numbers that expressions can use
  metrics  = ["pi"]
}

# stage.score[*] stands for all tasks of the stage, one for a single task.
locals {
  estimates = stage.score[*].metrics.pi
}

output "pi" {
  value = mean(local.estimates)
}

# A check that does not hold fails the run, with exit status 3.
check "close_to_pi" {
  assert {
    condition     = abs(mean(local.estimates) - 3.14159) < 0.1
    error_message = "the darts say that pi is ${mean(local.estimates)}"
  }
}
