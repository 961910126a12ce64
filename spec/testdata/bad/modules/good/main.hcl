variable "base" {}
variable "size" {
  type    = number
  default = 1
  validation {
    condition     = var.size < 100
    error_message = "size is below 100"
  }
}
stage "sum" "fit" {
  a     = var.base # ERROR: Wrong type: "a" takes a stage, as in a = stage.name, not the number 3.
  times = var.size
}
output "fit" {
  value = stage.fit
}
