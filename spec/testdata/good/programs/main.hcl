# Stages whose attributes decide what they give: named inputs, files by pattern,
# resources.
dataset "numbers" {
  url    = "https://example.org/numbers.csv"
  sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
}
dataset "parts" {
  for_each = toset(["x", "y"])
  url      = "https://example.org/${each.key}.csv"
  sha256   = "0000000000000000000000000000000000000000000000000000000000000000"
}
stage "const" "sweep" {
  for_each = { b = 2, a = 1 }
  value    = each.value
  resources {
    cpus   = each.value
    memory = "1.5 GiB"
    gpus   = 0
    time   = "90m"
  }
}
stage "program" "first" {
  inputs  = { one = stage.sweep["a"], all = stage.sweep[*], raw = dataset.numbers, listed = [stage.sweep["b"]] }
  files   = ["run.py", "lib/**/*.py", "lib/*.py"]
  outputs = { number = "table", value = "metric", spread = "metric", picture = "file" }
}
stage "program" "second" {
  inputs = { number = stage.first }
  any    = true
  factor = stage.first.metrics.value
}
stage "program" "third" {
  loose  = merge(dataset.parts, stage.sweep)
  factor = stage.second.metrics.value + stage.second.metrics["spread"]
}
check "of_what_is_told" {
  assert {
    condition     = stage.second.metrics.value > 0
    error_message = "no"
  }
}
