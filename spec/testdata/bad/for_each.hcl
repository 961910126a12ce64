# What for_each does not take.
stage "const" "one" {
  value = 1
}
stage "const" "list" {
  for_each = ["a", "b"] # ERROR: Invalid for_each: this is a list, which gives its elements no names. Write toset([...])
  value    = each.value
}
stage "const" "numbers" {
  for_each = toset([1, 2]) # ERROR: Invalid for_each: this set has other elements
  value    = each.value
}
stage "const" "number" {
  for_each = 3 # ERROR: Invalid for_each: for_each takes a map, an object or a set of strings, not the number 3.
  value    = each.value
}
stage "const" "null" {
  for_each = null # ERROR: Invalid for_each: for_each is null. For a stage that may be off, write when = condition.
  value    = each.value
}
stage "const" "empty_key" {
  for_each = { "" = 1 } # ERROR: Invalid for_each: A key of for_each is empty
  value    = each.value
}
stage "const" "many" {
  for_each = { for i in range(100001) : "i=${i}" => i } # ERROR: Invalid for_each: for_each has 100001 elements, and a stage has at most 100000 tasks.
  value    = each.value
}
stage "const" "metric" {
  for_each = toset(["a${stage.one.metrics.value}"]) # ERROR: for_each depends on a metric: Which tasks there are must be known before the run
  value    = 1
}
stage "const" "metric_list" {
  for_each = { for i in range(stage.one.metrics.value) : "i=${i}" => i } # ERROR: for_each depends on a metric: a metric is known only after it.
  value    = 1
}
stage "const" "stage" {
  for_each = stage.one # ERROR: Invalid for_each: not a stage.
  value    = 1
}
stage "const" "behind" {
  for_each = { for k, v in stage.list : k => v } # a fault behind it
  value    = "x"
}
dataset "d" {
  for_each = ["a"] # ERROR: Invalid for_each: this is a list
  url      = each.value
  sha256   = each.value
}
stage "const" "outside" {
  value = each.value # ERROR: each without for_each: each.key and each.value exist only in a stage, dataset or module that has for_each.
}
locals {
  outside = each.key # ERROR: each without for_each: each.key
}
stage "const" "unknown_each" {
  for_each = { a = { rank = 1 } }
  value    = each.rank       # ERROR: Unknown reference: each has a key and a value, and no "rank".
  scale    = each.value.rnk  # ERROR: No such name: There is no "rnk" in each.value. Did you mean "rank"?
}
stage "const" "self" {
  for_each = { a = each.key } # ERROR: each in for_each: for_each makes each.key and each.value, so it cannot use them.
  value    = 1
}
stage "const" "instances" {
  for_each = { a = 1, b = -1, c = -2 }
  value    = each.value # ERROR: Attribute out of range: stage.instances["b"]: value is at least 0, not -1.
}
stage "const" "types" {
  for_each = { a = 1, b = "x", c = "y" }
  value    = each.value # ERROR: Wrong type: "value" takes a number, not the string "x".
  retries  = each.key   # ERROR: Wrong type: "retries" takes a number, not the string "a".
}

# A set with an element that stands behind a fault.
variable "none" { # ERROR: Variable without a value: Variable "none" has no default
  type = string
}
stage "const" "behind_fault" {
  for_each = toset([var.none, "b"])
  value    = 1
}
