variable "values" {}
variable "late" {}
stage "const" "told_once" {
  value = var.values # ERROR: Wrong type: "value" takes a number, not a list.
  seeds = var.valuez # ERROR: No such variable: Did you mean "values"?
}
stage "const" "late" {
  when  = var.late > 1 # ERROR: when depends on a metric: Whether a stage or a check is on must be known before the run
  value = 1
}
stage "const" "known" {
  value   = 1
  retries = var.late # ERROR: Depends on a metric: "retries" must be known before the run
}
check "empty" { # ERROR: Empty check: A check needs at least one assert
}
output "value" {
  value = var.values
}
output "late" {
  value = var.late
}
