# Attributes of every type, given in every way.
experiment "attributes" {
  title       = "All types"
  description = "What kinds take."
  cites       = ["arXiv:1", "doi:2"]
}
locals {
  nothing = null
  base    = { a = 1, b = 2 }
  merged  = merge(local.base, { b = 3 })
  names   = sort(keys(local.merged))
}
stage "mix" "defaults" {}
stage "mix" "nulls" {
  name    = null
  tags    = local.nothing
  weights = null
  inputs  = null
}
stage "mix" "given" {
  name    = 12
  tags    = toset(["y", "x", "y"])
  weights = local.merged
  flags   = { a = true, b = "false" }
  grid    = [[1, 2.5], [], [-0, 1e-300]]
}
stage "mix" "empty" {
  name    = ""
  tags    = []
  weights = {}
  flags   = {}
  grid    = []
}
stage "const" "pointer" {
  value = 0.1
  scale = 0.5
  seeds = range(3)
  file  = "folder/${local.names[0]}.bin"
}
stage "const" "no_pointer" {
  value = "7"
  file  = "/dev/null" # an absolute path
}
