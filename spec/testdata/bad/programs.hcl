# Named inputs, patterns of files and outputs that do not fit.
dataset "numbers" {
  url    = "https://example.org/numbers.csv"
  sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
}
stage "const" "one" {
  value = 1
}
stage "const" "off" {
  when  = false
  value = 1
}
stage "const" "many" {
  for_each = toset(["a b", "c"])
  value    = 1
}
stage "blank" "blank" {}
stage "program" "gives" {
  outputs = { number = "table", loss = "metric" }
}
stage "program" "no_map" {
  inputs = stage.one # ERROR: Wrong type: "inputs" takes a map of stages and datasets, as in inputs = { name = stage.name }, not a stage.
}
stage "program" "list" {
  inputs = [stage.one] # ERROR: Wrong type: "inputs" takes a map of stages and datasets
}
stage "program" "members" {
  inputs = {
    number  = 3                        # ERROR: Wrong type: The input "number" takes a stage, a list of stages as in stage.name[*], or a dataset, not the number 3.
    table   = stage.blank              # ERROR: Input lacks a table: "inputs" needs a stage that gives the table "number"; stage.blank is a blank stage
    off     = stage.off                # ERROR: Stage is off: "inputs" needs a stage
    none    = []                       # ERROR: No stage: The input "none" takes a list of at least one stage, and this list is empty.
    mixed   = [stage.one, "two"]       # ERROR: Wrong type: "inputs" takes a list of stages, and this list has the string "two" in it.
    sweep   = stage.many               # ERROR: Wrong type: The input "sweep" takes a stage, a list of stages as in stage.name[*], or a dataset, not a stage with for_each.
    "a b"   = stage.one                # ERROR: Invalid name: "a b" is no name for an input
    depends = stage.one.metrics.value > 1 ? stage.one : stage.many["c"] # ERROR: Input depends on a metric: Which stage "inputs" takes must be known
    fine    = dataset.numbers
  }
}
stage "program" "sweep" {
  inputs = stage.many # ERROR: Invalid name: "a b" is no name for an input
}
stage "program" "files" {
  files = [
    "nowhere/*.py", # ERROR: No such file: No file in testdata/bad matches "nowhere/*.py".
    "[a",           # ERROR: Invalid pattern: "[a": a bracket is not closed
    "../x",         # ERROR: Invalid pattern: "../x": a pattern is a relative path
    null,           # ERROR: Wrong type: one of them is null.
    "programs.hcl",
  ]
}
stage "program" "files_type" {
  files = 3 # ERROR: Wrong type: "files" takes a list of patterns of files, not the number 3.
}
stage "program" "known" {
  outputs = { number = stage.one.metrics.value > 1 ? "table" : "metric" } # ERROR: Depends on a metric: "outputs" must be known before the run
}
stage "program" "outputs_type" {
  outputs = ["table"] # ERROR: Wrong type: "outputs" takes a map of strings
}
stage "program" "behind" {
  inputs = { x = stage.outputs_type, y = stage.known }
}
stage "program" "metric" {
  factor = stage.gives.metrics.los # ERROR: No such key: There is no "los" in stage.gives.metrics. Did you mean "loss"?
}
stage "const" "file" {
  value = 1
  file  = "nowhere.mat" # ERROR: No such file: "file": cannot read testdata/bad/nowhere.mat: no such file or directory.
}
stage "const" "folder" {
  for_each = toset(["modules", "modules/good"])
  value    = 1
  file     = "./${each.key}" # ERROR: No such file: "file" takes a file, and testdata/bad/modules is a folder.
}
