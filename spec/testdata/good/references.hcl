# Stages that stages refer to, on and off.
variable "recorded" {
  type    = bool
  default = false
}
stage "const" "recorded" {
  when  = var.recorded
  value = 1
}
stage "const" "recorded_each" {
  when     = var.recorded
  for_each = toset(["a", "b"])
  value    = 1
}
stage "const" "simulated" {
  when  = !var.recorded
  value = 2
}
locals {
  data    = coalesce(stage.recorded, stage.simulated)
  either  = var.recorded ? stage.recorded : stage.simulated
  present = [for s in [stage.recorded, stage.simulated] : s if s != null]
}
stage "sum" "coalesced" {
  a = local.data
}
stage "sum" "conditional" {
  a = local.either
  b = stage.recorded # off, and b is optional
}
stage "collect" "present" {
  all = local.present
}
stage "collect" "fan_in" {
  all = stage.fit[*]
}
stage "collect" "list" {
  all = [stage.fit["b"], stage.simulated, stage.fit["b"]]
}
stage "collect" "looped" {
  all = concat([for k, s in stage.fit : s if k != "a"], stage.recorded_each[*])
}
stage "const" "fit" {
  for_each = { b = 2, a = 1 }
  value    = each.value
}
stage "const" "dynamic" {
  value = stage.fit[lower("A")].metrics.value
}
stage "collect" "one_splat" {
  all = stage.simulated[*]
}
stage "const" "after" {
  value      = 1
  depends_on = [stage.fit, stage.recorded]
  timeout    = "90s"
  retries    = 2
  cache      = false
}
