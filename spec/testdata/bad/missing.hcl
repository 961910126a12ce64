# Required attributes, labels and blocks that are not there.
variable {} # ERROR: Wrong number of labels: This block is written variable "name" { … }.

stage "const" {} # ERROR: Wrong number of labels: This block is written stage "kind" "name" { … }.

locals "a" {} # ERROR: Wrong number of labels: This block is written locals { … }.

experiment {} # ERROR: Wrong number of labels: experiment "name" { … }

experiment "" {} # ERROR: Invalid name: "" is no name

variable "no good" { # ERROR: Invalid name: "no good" is no name: a name has letters, digits, _ and -, and starts with a letter.
  default = 1
}

dataset "d" {} # ERROR: Missing attribute: This dataset block needs the attribute "url". # ERROR: Missing attribute: This dataset block needs the attribute "sha256".

stage "const" "1st" { # ERROR: Invalid name: "1st" is no name
  value = 1
}

stage "const" "one" {} # ERROR: Missing attribute: A const stage needs the attribute "value", a number: The number.

stage "collect" "all" {} # ERROR: Missing attribute: A collect stage needs the attribute "all", a list of stages: Any number of them.

check "empty" {} # ERROR: Empty check: A check needs at least one assert block

check "half" {
  assert {} # ERROR: Missing attribute: This assert block needs the attribute "condition". # ERROR: Missing attribute: This assert block needs the attribute "error_message".
}

check "other" {
  asert {} # ERROR: Unknown block: A check block has no block "asert". Did you mean "assert"?
}

output "none" {} # ERROR: Missing attribute: This output block needs the attribute "value".

variable "late" { # ERROR: Variable without a value: Variable "late" has no default: give it with --var late=…, --var-file, or REPRISE_VAR_late.
  type = number
}

variable "typed" {
  type    = numbr # ERROR: Unknown type: A type is string, number, bool
  default = 1
}
