variable "rank" {
  type    = number
  default = 3
  validation {
    condition     = var.rank > 0 && var.rank < 9
    error_message = "rank is a whole number from 1 to 8."
  }
}
stage "const" "one" {
  value = local.twice
}
