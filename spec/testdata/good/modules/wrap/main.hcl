variable "inputs" {
  type = list(any)
}
module "inner" {
  source = "../fit"
  base   = var.inputs[1]
  size   = var.inputs[0].metrics.value
}
output "inner" {
  value = module.inner
}
