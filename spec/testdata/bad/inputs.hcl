# Inputs that do not fit.
stage "const" "one" {
  for_each = toset(["a", "b"])
  value    = 1
}
stage "const" "off" {
  when  = false
  value = 1
}
stage "const" "off_each" {
  when     = false
  for_each = toset(["a"])
  value    = 1
}
stage "const" "single" {
  value = 1
}
stage "blank" "blank" {}
stage "collect" "all" {
  all = stage.one[*]
}

stage "sum" "no_table" {
  a = stage.all   # ERROR: Input lacks a table: "a" needs a stage that gives the table "number"; stage.all is a collect stage, which gives numbers.
  b = stage.blank # ERROR: Input lacks a table: stage.blank is a blank stage, which gives no tables.
}
stage "collect" "no_table_in_list" {
  all = [stage.single, stage.all, stage.blank] # ERROR: Input lacks a table: stage.all is # ERROR: Input lacks a table: stage.blank is
}
stage "sum" "which" {
  a = stage.one # ERROR: Which task?: "a" takes one stage, and this stands for 2 tasks: choose one by its key, as in stage.name["key"].
}
stage "sum" "which_of" {
  a     = stage.one.a             # ERROR: Which task?: stage.one has for_each, so it stands for several tasks: stage.one["…"] is one of them, stage.one[*] all.
  times = stage.one.metrics.value # ERROR: Which task?: stage.one has for_each
}
stage "sum" "key" {
  a = stage.one["c"]         # ERROR: No such task: There is no "c" in stage.one. There is a, b.
  b = stage.one[lower("AB")] # ERROR: No such task: There is no "ab" in stage.one. Did you mean
}
stage "sum" "off_input" {
  a = stage.off              # ERROR: Stage is off: "a" needs a stage, and the `when` of this one is false. coalesce(stage.one, stage.two)
  b = stage.off_each["a"]    # ERROR: Stage is off: The `when` of stage.off_each is false, so there is nothing to take from it.
}
stage "const" "off_metric" {
  value = stage.off.metrics.value # ERROR: Stage is off: The `when` of stage.off is false
}
stage "collect" "one_off" {
  all = [stage.single, stage.off] # ERROR: Stage is off: One of the stages of "all" is off
}
stage "collect" "all_off" {
  all = stage.off_each[*] # ERROR: No stage: this list is empty
}
stage "collect" "listed_off" {
  all = [for s in [stage.single, stage.off] : s] # ERROR: Stage is off: leaves out those that are off.
}
stage "sum" "metric" {
  a = stage.single.metrics.value                                         # ERROR: Wrong type: "a" takes a stage, as in a = stage.name, not a number.
  b = stage.single.metrics.value > 1 ? stage.single : stage.one["a"]     # ERROR: Input depends on a metric: Which stage "b" takes must be known before the run
}
stage "collect" "metrics" {
  all = [for s in stage.one : s if s.metrics.value > 1] # ERROR: Input depends on a metric: Which stage "all" takes
}
stage "sum" "odd" {
  a = stage.single["a"]       # ERROR: Unknown reference: An expression can use a stage as a whole, or one of its metrics as in stage.single.metrics.name, and nothing else of it.
  b = stage.one["a"]["b"]     # ERROR: Unknown reference: An expression can use a stage as a whole
}
locals {
  key     = "a"
  dynamic = stage.one[local.key].metrics.valu # ERROR: No such metric: Did you mean "value"?
  single  = stage.single[local.key]           # ERROR: Unknown reference: An expression can use a stage as a whole
  task    = stage.single.task                 # ERROR: Unknown reference: An expression can use a stage as a whole
  deep    = stage.single.metrics.value.x      # ERROR: Unknown reference: An expression can use a stage as a whole
  splat   = stage.one[*].metrics.vale         # ERROR: No such metric: Did you mean "value"?
  splat1  = stage.single[*].metrics.vale      # ERROR: No such metric: Did you mean "value"?
  looped  = [for s in stage.one : s.metrics.vale] # ERROR: No such key: There is no "vale" in s.metrics. Did you mean "value"?
}
output "whole" {
  value = stage.single # ERROR: Not a value: An output takes numbers, strings and lists or maps of them
}
