# What every stage may have, given wrongly.
stage "const" "one" {
  value = 1
}
stage "const" "each" {
  for_each = toset(["a"])
  value    = 1
}
stage "const" "times" {
  value       = 1
  timeout     = "soon" # ERROR: Wrong value: timeout is a duration such as "90s" or "2h", not "soon".
  retries     = -1     # ERROR: Wrong value: retries is a whole number from 0 to 100, not -1.
  cache       = "no"   # ERROR: Wrong type: "cache" takes a bool, not the string "no".
  description = ["a"]  # ERROR: Wrong type: "description" takes a string, not a list.
}
stage "const" "more" {
  value   = 1
  timeout = "-2s" # ERROR: Wrong value: timeout is a duration
  retries = 1.5   # ERROR: Wrong value: retries is a whole number from 0 to 100, not 1.5.
}
stage "const" "metrics" {
  value   = 1
  retries = stage.one.metrics.value # ERROR: Depends on a metric: "retries" must be known before the run
}
stage "const" "when_metric" {
  when  = stage.one.metrics.value > 0 # ERROR: when depends on a metric: Whether a stage or a check is on must be known before the run
  value = 1
}
stage "const" "when_each" {
  for_each = toset(["a"])
  when     = each.key == "a" # ERROR: each in when: when turns a whole stage on or off; to leave out some tasks, leave them out of for_each.
  value    = 1
}
stage "const" "when_text" {
  when  = "yes" # ERROR: Wrong type: when is a condition, true or false, not the string "yes".
  value = 1
}
stage "const" "when_null" {
  when  = null # ERROR: Wrong type: when is a condition, true or false, not null.
  value = 1
}
stage "const" "order" {
  value      = 1
  depends_on = stage.one # ERROR: Invalid depends_on: depends_on is a list of whole stages, as in [stage.one, stage.two].
}
stage "const" "order_of" {
  value      = 1
  depends_on = [stage.each["a"], stage.one.metrics, local.x, stage[0], "one"] # ERROR: Invalid depends_on: depends_on is a list # ERROR: Invalid depends_on: depends_on is a list # ERROR: Invalid depends_on: depends_on is a list # ERROR: Invalid depends_on: depends_on is a list # ERROR: Invalid depends_on: depends_on is a list
}
stage "const" "range" {
  value = -1 # ERROR: Attribute out of range: stage.range: value is at least 0, not -1.
  seeds = [1, 2, 3, 4] # ERROR: Attribute out of range: stage.range: seeds are at most 3, not 4.
}
stage "mix" "range2" { # ERROR: Attribute out of range: stage.range2: too dull.
  name = "dull"
}
