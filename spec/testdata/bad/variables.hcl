# Variables and their validations.
variable "refused" { # ERROR: Value refused: refused is at least 1; the default gives 0.
  default = 0
  validation {
    condition     = var.refused >= 1
    error_message = "refused is at least 1."
  }
}
variable "mistyped" { # ERROR: Wrong value for a variable: Variable "mistyped" takes a number, and the default is the string "two".
  type    = number
  default = "two"
}
variable "null" {
  type    = number
  default = null
}
variable "list" { # ERROR: Wrong value for a variable: Variable "list" takes a list of numbers, and [1] in the default is the string "x".
  type    = list(number)
  default = [1, "x"]
}
variable "other" {
  default = 1
  validation {
    condition     = var.good >= 1 # ERROR: Validation refers to something else: A validation can use var.other alone.
    error_message = "no"
  }
}
variable "unknown" {
  default = 1
  validation {
    condition     = bigger(var.unknown) # ERROR: Unknown function: There is no function "bigger".
    error_message = "${local.x}"        # ERROR: Validation refers to something else: A validation can use var.unknown alone.
  }
}
variable "indexed" {
  default = 1
  validation {
    condition     = var["indexed"] == 1 # ERROR: Validation refers to something else: var.indexed alone
    error_message = var.indexed
  }
}
variable "text" {
  default = 1
  validation {
    condition     = "maybe" # ERROR: Not a condition: not the string "maybe".
    error_message = "no"
  }
}
variable "half" {
  default = 1
  validation { # ERROR: Missing attribute: This validation block needs the attribute "error_message".
    condition = true
  }
}
variable "computed" {
  default = [var.good, 1] # ERROR: Not a constant: A default is written out, without references or functions. A value computed from others goes into a locals block.
}
variable "called" {
  default = range(3) # ERROR: Not a constant: A default is written out
}
variable "good" {
  type    = object({ name = string })
  default = { name = "a" }
}
variable "types" {
  type    = list # ERROR: Unknown type: or list, set, map of one, such as list(number)
  default = []
}

# A stage behind a fault is not complained about.
stage "const" "behind" {
  value = var.refused
  seeds = var.list
  scale = var.computed
  file  = var.mistyped
}
stage "const" "names" {
  value = var.good.nam # ERROR: No such name: There is no "nam" in var.good. Did you mean "name"?
}
