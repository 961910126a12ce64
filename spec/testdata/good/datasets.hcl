# Datasets, alone and with for_each.
locals {
  sessions = {
    one = "0000000000000000000000000000000000000000000000000000000000000001"
    two = "0000000000000000000000000000000000000000000000000000000000000002"
  }
}
dataset "alone" {
  url         = "file:///data/alone.mat"
  sha256      = local.sessions.one
  description = "One file."
}
dataset "session" {
  for_each = local.sessions
  url      = "https://example.org/${each.key}.mat?download=1"
  sha256   = "sha256:${each.value}"
}
variable "session" {
  default = "two"
}
stage "const" "alone" {
  value = 1
  file  = dataset.alone
}
stage "const" "chosen" {
  value = 1
  file  = dataset.session[var.session]
}
stage "const" "each" {
  for_each = dataset.session
  value    = 1
  file     = each.value
}
