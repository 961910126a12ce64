# Attributes, checks and outputs that wait for metrics.
stage "const" "fit" {
  for_each = { a = 1, b = 3 }
  value    = each.value
}
locals {
  values = stage.fit[*].metrics.value
  best   = max(local.values...)
  spread = local.best - min(local.values...)
}
stage "const" "from_best" {
  value = local.best * 2
  seeds = [local.spread, 7]
}
stage "mix" "all" {
  weights = { for k, s in stage.fit : k => s.metrics.value }
  name    = "best ${local.best}"
  inputs  = stage.fit[*]
}
stage "sum" "unknown_metric" {
  a     = stage.fit["a"]
  times = stage.from_best.metrics.value
}
check "best" {
  description = "The best is better than the worst."
  assert {
    condition     = local.best > 2 && local.spread >= 0
    error_message = "the best is ${local.best}"
  }
  assert {
    condition     = stage.unknown_metric.metrics["spread"] < 100
    error_message = "spread"
  }
}
check "known" {
  assert {
    condition     = local.best > 100
    error_message = "the best is ${local.best}, which is not above 100"
  }
}
output "values" {
  value       = local.values
  description = "All values."
}
output "text" {
  value = "best ${local.best}"
}
output "constant" {
  value = { a = [1, true, null] }
}
