variable "base" {
  description = "A stage."
}
variable "others" {
  default = null
}
variable "file" {
  default = null
}
variable "size" {
  type    = number
  default = 5
  validation {
    condition     = var.size < 100
    error_message = "size is below 100"
  }
}
variable "seeds" {
  type    = number
  default = 1
}
variable "options" {
  type    = object({ scale = optional(number, 2), seeds = optional(list(number)) })
  default = {}
}
