# A file that HCL cannot read: what it hides is not complained about.
stage "const" "one" {
  value = stage.none.metrics.value
}
stage "const" "two" {
  value = = 2 # ERROR: Invalid expression: Expected the start of an expression
}
