# Checks, outputs and the experiment block.
experiment "checks" {
  title = 1 + var.x # ERROR: Not a constant: "title" takes a string written out, without references or functions.
  cites = "one"     # ERROR: Not a constant: "cites" takes a list of strings written out
}
stage "const" "one" {
  value = 1
}
check "text" {
  assert {
    condition     = "yes" # ERROR: Not a condition: A condition is true or false, not the string "yes".
    error_message = ["a"] # ERROR: Wrong type: An error_message takes a string, not a list.
  }
}
check "null" {
  assert {
    condition     = null # ERROR: Not a condition: not null.
    error_message = null # ERROR: Wrong type: An error_message takes a string, not null.
  }
}
check "late" {
  when = stage.one.metrics.value > 0 # ERROR: when depends on a metric: Whether a stage or a check is on must be known before the run
  assert {
    condition     = true
    error_message = "no"
  }
}
check "odd" {
  when = 3 # ERROR: Wrong type: when is a condition, true or false, not the number 3.
  assert {
    condition     = true
    error_message = "no"
  }
}
check "number" {
  assert {
    condition     = stage.one.metrics.value            # ERROR: Not a condition: not a number.
    error_message = "value is ${1 + "a"}" # ERROR: Invalid operand: a number is required
  }
}
check "unknown" {
  description = 3 + var.none # ERROR: Not a constant: "description" takes a string
  assert {
    condition     = stage.two.metrics.value > 0 # ERROR: No such stage: called "two". There is one.
    error_message = "${stage.one.metrics.v}"    # ERROR: No such metric: A const stage gives no metric "v". There is value.
  }
}
check "good_and_bad" {
  assert {
    condition     = true
    error_message = "no"
  }
  assert {
    condition     = 1 # ERROR: Not a condition: not the number 1.
    error_message = "no"
  }
}
output "sum" {
  value = stage.one.metrics.value + "a" # ERROR: Invalid operand: a number is required
}
output "list" {
  value = [stage.one] # ERROR: Not a value: An output takes
}
