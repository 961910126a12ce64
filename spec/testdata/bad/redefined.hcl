# An attribute twice in one block is a fault of syntax.
stage "const" "s" {
  value = 1
  value = 2 # ERROR: Attribute redefined: value
}
