# A faulty `when` hides no other fault of its stage; what is not given is null.
variable "seeds" {
  type    = list(number)
  default = null
}
stage "const" "a" {
  when  = "perhaps"                 # ERROR: Wrong type: when is a condition, true or false
  value = "many"                    # ERROR: Wrong type: "value" takes a number
  seeds = var.seeds
}
stage "const" "b" {
  value = var.seeds                 # ERROR: No value: "value" is null
}
stage "sum" "c" {
  a = stage.a
}
stage "const" "many" {
  for_each = { x = 1 }
  value    = 1
}
output "zz" {
  value = stage.many[*].metrics.zz  # ERROR: No such metric: A const stage gives no metric "zz". There is
}
