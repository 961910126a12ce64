# Values of the wrong type.
locals {
  nothing = null
}

stage "const" "one" {
  value = "abc"       # ERROR: Wrong type: "value" takes a number, not the string "abc".
  seeds = "1"         # ERROR: Wrong type: "seeds" takes a list of whole numbers, not the string "1".
  scale = [1]         # ERROR: Wrong type: "scale" takes a number, not a list.
  file  = { a = 1 }   # ERROR: Wrong type: "file" takes a dataset, as in dataset.name, or the path of a file, not an object.
}

stage "const" "null_value" {
  value = local.nothing # ERROR: No value: "value" is null, and a const stage needs a number there.
  seeds = [1, 2.5]      # ERROR: Wrong type: "seeds" takes a list of whole numbers, and 2.5 is not one.
  file  = ""            # ERROR: Wrong type: not the string "".
}

stage "const" "elements" {
  value = 1e308 * 10    # ERROR: Wrong type: is too large.
  seeds = [1, "two", 3] # ERROR: Wrong type: "seeds" takes a list of whole numbers, and [1] in it is the string "two".
}

stage "const" "nulls" {
  value = true      # ERROR: Wrong type: "value" takes a number, not a bool.
  seeds = [1, null] # ERROR: Wrong type: "seeds" takes a list of whole numbers, and an element of it is null.
}

stage "const" "good" {
  value = 1
}

stage "sum" "whole" {
  a     = stage.good
  times = 3.5 # ERROR: Wrong type: "times" takes a whole number, and 3.5 is not one.
  loud  = 1   # ERROR: Wrong type: "loud" takes a bool, not the number 1.
}

stage "sum" "large" {
  a     = stage.good
  times = 1e30 # ERROR: Wrong type: is too large.
  b     = null
}

stage "sum" "inputs" {
  a = [stage.good] # ERROR: Wrong type: "a" takes a stage, as in a = stage.name, not a list.
  b = "good"       # ERROR: Wrong type: "b" takes a stage, as in b = stage.name, not the string "good".
}

stage "sum" "null_input" {
  a = null # ERROR: No value: "a" is null, and a sum stage needs a stage there.
  b = 1    # ERROR: Wrong type: not the number 1.
}

stage "collect" "single" {
  all = stage.good # ERROR: Wrong type: "all" takes a list of stages, as in stage.name[*] or [stage.one, stage.two], not a stage.
}

stage "collect" "mixed" {
  all = [stage.good, "good", stage.good, 3] # ERROR: Wrong type: this list has the string "good" in it. # ERROR: Wrong type: this list has the number 3 in it.
}

stage "collect" "empty" {
  all = [] # ERROR: No stage: "all" takes a list of at least one stage, and this list is empty.
}

stage "mix" "maps" {
  name    = ["a"]                # ERROR: Wrong type: "name" takes a string, not a list.
  weights = { a = 1, b = "two" } # ERROR: Wrong type: "weights" takes a map of numbers, and ["b"] in it is the string "two".
  tags    = { a = "b" }          # ERROR: Wrong type: "tags" takes a list of strings, not an object.
  grid    = [[1], ["x"]]         # ERROR: Wrong type: "grid" takes a list of lists of numbers, and [1][0] in it is the string "x".
}

stage "mix" "lists" {
  name    = stage.good # ERROR: Wrong type: "name" takes a string, not a stage.
  weights = [1]        # ERROR: Wrong type: "weights" takes a map of numbers, not a list.
  flags   = "yes"      # ERROR: Wrong type: "flags" takes a map of bools, not the string "yes".
}

locals {
  sum    = 1 + "a"                   # ERROR: Invalid operand: a number is required
  stages = 1 + stage.good            # ERROR: Invalid operand: Unsuitable value for right operand
  mean   = mean("abc")               # ERROR: Invalid function argument: list
  either = true ? [1] : "a"          # ERROR: Inconsistent conditional result types: must have consistent types
  text   = "the stage ${stage.good}" # ERROR: Invalid template interpolation value: string template
}
