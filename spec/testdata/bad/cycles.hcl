# Each cycle is told once, link by link.
stage "sum" "a" { # ERROR: Cycle: stage.a needs stage.b (testdata/bad/cycles.hcl:3), stage.b needs stage.c (testdata/bad/cycles.hcl:6), stage.c needs stage.a (testdata/bad/cycles.hcl:9). Remove one
  a = stage.b
}
stage "sum" "b" {
  a = stage.c
}
stage "const" "c" {
  value = stage.a.metrics.value
}

stage "sum" "self" { # ERROR: Cycle: stage.self needs stage.self (testdata/bad/cycles.hcl:13).
  a = stage.self
}

locals {
  x = local.y + 1 # ERROR: Cycle: local.x needs local.y (testdata/bad/cycles.hcl:17), local.y needs local.x
  y = local.x + 1
}

stage "const" "first" { # ERROR: Cycle: stage.first needs stage.second (testdata/bad/cycles.hcl:23), stage.second needs local.back (testdata/bad/cycles.hcl:26), local.back needs stage.first
  value      = 1
  depends_on = [stage.second]
}
stage "const" "second" {
  value = local.back
}
locals {
  back = stage.first.metrics.value
}

# What follows a cycle is not complained about, its own faults are.
stage "sum" "after" {
  a     = stage.a
  b     = stage.c
  times = 1.5 # ERROR: Wrong type: 1.5 is not one.
}
output "after" {
  value = local.x
}
