# for_each over sets, maps, objects, grids and stages.
locals {
  seeds = [for s in range(3) : "seed=${s}"]
}
stage "const" "set" {
  for_each    = toset(["b", "a"])
  value       = length(each.value)
  description = "task ${each.key}"
}
stage "const" "map" {
  for_each = { for i, name in local.seeds : name => i }
  value    = each.value
}
stage "const" "object" {
  for_each = {
    low  = { value = 1, seeds = [1] }
    high = { value = 2, seeds = [] }
  }
  value = each.value.value
  seeds = each.value.seeds
}
stage "const" "grid" {
  for_each = grid({ rank = [1, 2], seed = [0, 1] })
  value    = each.value.rank
  seeds    = [each.value.seed]
}
stage "const" "none" {
  for_each = toset([])
  value    = 1
}
stage "sum" "chained" {
  for_each = stage.map
  a        = each.value
  b        = stage.map["seed=0"]
}
stage "const" "chained_metric" {
  for_each = { for k, s in stage.map : k => s.metrics.value }
  value    = each.value + 1
}
stage "sum" "paired" {
  for_each = toset(local.seeds)
  a        = stage.map[each.key]
  b        = stage.chained[each.value]
}
