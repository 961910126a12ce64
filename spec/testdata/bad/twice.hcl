# Names declared twice, and attributes where none may stand.
value = 1 # ERROR: Attribute outside a block: "value" stands at the top of the file

experiment "a" {}
experiment "b" {} # ERROR: Two experiment blocks: and there is one at testdata/bad/twice.hcl:4 already.

variable "v" {
  default = 1
}
variable "v" { # ERROR: Declared twice: var.v is declared at testdata/bad/twice.hcl:7 already; names are unique in an experiment.
  default = 2
}

locals {
  a = 1
}
locals {
  a = 2 # ERROR: Declared twice: local.a is declared at
}

dataset "d" {
  url    = "https://example.org/a"
  sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
}
dataset "d" { # ERROR: Declared twice: dataset.d is declared at
  url    = "https://example.org/b"
  sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
}

stage "const" "s" {
  value = 1
}
stage "sum" "s" { # ERROR: Declared twice: stage.s is declared at
  a = stage.s
}

check "c" {
  assert {
    condition     = true
    error_message = "no"
  }
}
check "c" { # ERROR: Declared twice: check.c is declared at
  assert {
    condition     = true
    error_message = "no"
  }
}

output "o" {
  value = 1
}
output "o" { # ERROR: Declared twice: output.o is declared at
  value = 1
}
