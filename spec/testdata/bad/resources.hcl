# Resources that no machine has.
stage "const" "metric" {
  value = 1
}
stage "const" "one" {
  value = 1
  resources {
    cpus   = 0          # ERROR: Wrong value: cpus is a whole number of at least 1, not 0.
    memory = "4 apples" # ERROR: Wrong value: a size is written like "4GiB" or "500MB", not "4 apples".
    time   = "soon"     # ERROR: Wrong value: time is a duration such as "90s" or "2h", not "soon".
    gpus   = -1         # ERROR: Wrong value: gpus is a whole number of at least 0, not -1.
    disk   = 1          # ERROR: Unknown attribute: A resources block has no attribute "disk". There is cpus, memory, time, gpus.
    more {}             # ERROR: Unknown block: A resources block has no block "more".
  }
  resources { # ERROR: Two resources blocks: A stage has at most one resources block.
    cpus = 1
  }
}
stage "const" "two" {
  for_each = toset(["a", "b"])
  value    = 1
  resources {
    cpus   = 1.5                        # ERROR: Wrong value: cpus is a whole number of at least 1, not 1.5.
    memory = 4                          # ERROR: Wrong value: a size is written like "4GiB" or "500MB", not "4".
    gpus   = stage.metric.metrics.value # ERROR: Depends on a metric: "gpus" must be known before the run
    time   = ["1h"]                     # ERROR: Wrong type: "time" takes a string, not a list.
  }
}
stage "const" "three" {
  value = 1
  resources {
    cpus   = 1e12             # ERROR: Wrong value: cpus is a whole number of at least 1, not 1000000000000.
    memory = "1000000000TB"   # ERROR: Wrong value: is no size that a machine has
    gpus   = stage.none       # ERROR: No such stage: This experiment declares no stage called "none".
  }
}
