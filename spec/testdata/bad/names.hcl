# Names that nothing is declared by, each with the nearest that is.
experiment "names" {
  titel = "A toy" # ERROR: Unknown attribute: An experiment block has no attribute "titel". Did you mean "title"?
}

stages "const" "one" {} # ERROR: Unknown block: There is no block "stages". Did you mean "stage"?

variable "rank" {
  type    = number
  default = 2
  typo    = 1 # ERROR: Unknown attribute: A variable block has no attribute "typo". Did you mean "type"?
  assert {}   # ERROR: Unknown block: A variable block has no block "assert".
}

locals {
  twice = 2 * var.rnk # ERROR: No such variable: no variable called "rnk". Did you mean "rank"?
  again = local.twise # ERROR: No such local value: no local value called "twise". Did you mean "twice"?
  dozen = meen([1, 2]) # ERROR: Unknown function: There is no function "meen". Did you mean "mean"?
  zebra = qqqqqqqq([1]) # ERROR: Unknown function: There is no function "qqqqqqqq".
  bare  = one          # ERROR: Unknown reference: Nothing is called "one". Did you mean "stage.one"?
  text  = hello        # ERROR: Unknown reference: Text stands between quotes.
  vars  = vars.rank    # ERROR: Unknown reference: Did you mean "var"?
  whole = var          # ERROR: Incomplete reference: as in var.name
  all   = var[*]       # ERROR: Incomplete reference: as in var.name
  first = stage[0]     # ERROR: Incomplete reference: as in stage.name
  named = var["rank"]  # ERROR: Incomplete reference: as in var.name
}

dataset "recording" {
  url    = "https://example.org/a.mat"
  sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
}

stage "konst" "none" { # ERROR: Unknown kind: There is no kind of stage "konst". Did you mean "const"?
  value = var.ranks    # ERROR: No such variable: Did you mean "rank"?
}

stage "const" "one" {
  vaule = 1 # ERROR: Unknown attribute: A const stage has no attribute "vaule". Did you mean "value"?
  value = 1
  file  = dataset.recordng # ERROR: No such dataset: Did you mean "recording"?
  block {}                 # ERROR: Unknown block: A stage block has no block "block".
}

stage "sum" "two" {
  a          = stage.on # ERROR: No such stage: Did you mean "one"?
  b          = stage.none
  times      = stage.one.metrics.vaule # ERROR: No such metric: A const stage gives no metric "vaule". Did you mean "value"?
  depends_on = [stage.onee]            # ERROR: No such stage: Did you mean "one"?
  retry      = 1                       # ERROR: Unknown attribute: Did you mean "retries"?
}

stage "blank" "silent" {}

check "silent" {
  assert {
    condition     = stage.silent.metrics.value > 0 # ERROR: No such metric: There is none.
    error_message = "no"
    mesage        = "no" # ERROR: Unknown attribute: An assert block has no attribute "mesage". There is condition, error_message.
  }
}

output "none" {
  value = stage.one.metrics["valu"] # ERROR: No such metric: Did you mean "value"?
}
