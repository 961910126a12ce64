# Baselines that could not be compared.
stage "const" "one" {
  value = 1
}
stage "const" "many" {
  for_each = toset(["a", "b"])
  value    = 1
}
check "attributes" {
  baseline { # ERROR: Missing attribute: This baseline block needs the attribute "metric". # ERROR: Missing attribute: This baseline block needs the attribute "tolerance".
    beter = "lower" # ERROR: Unknown attribute: A baseline block has no attribute "beter". Did you mean "better"?
    inner {}        # ERROR: Unknown block: A baseline block has no block "inner".
  }
  baseline {
    metric    = stage.one.metrics.value
    tolerance = { absolute = -1 } # ERROR: Invalid tolerance: A tolerance is one of { absolute = 0.1 }
    better    = "more"            # ERROR: Wrong value: better is "lower" or "higher"
  }
  baseline {
    metric    = stage.many[*].metrics.value
    tolerance = { absolute = 1, relative = 1 } # ERROR: Invalid tolerance: A tolerance is one of
  }
  baseline {
    metric    = stage.many["a"].metrics.value
    tolerance = { percent = 1 } # ERROR: Invalid tolerance: A tolerance is one of
  }
  baseline {
    metric    = stage.many["b"].metrics.value
    tolerance = 0.1 # ERROR: Invalid tolerance: A tolerance is one of
  }
  baseline {
    metric    = stage.many["b"].metrics.value + 1
    tolerance = { absolute = stage.one.metrics.value } # ERROR: Invalid tolerance: with a number written out
  }
  baseline {
    metric    = stage.many["b"].metrics.value + 2
    tolerance = { absolute = "much" } # ERROR: Invalid tolerance: A tolerance is one of
    better    = var.x                 # ERROR: Not a constant: "better" takes a string # ERROR: Wrong value: better is "lower" or "higher"
  }
}
check "metrics" {
  baseline {
    metric    = 3 # ERROR: Not a metric: not the number 3.
    tolerance = { absolute = 1 }
  }
  baseline {
    metric    = stage.one # ERROR: Not a metric: not a stage.
    tolerance = { absolute = 1 }
  }
  baseline {
    metric    = stage.many # ERROR: Not a metric: not a stage with for_each.
    tolerance = { absolute = 1 }
  }
  baseline {
    metric    = stage.one.metrics.value > 1 # ERROR: Not a metric: not a bool.
    tolerance = { absolute = 1 }
  }
  baseline {
    metric    = "value ${stage.one.metrics.value}" # ERROR: Not a metric: not a string.
    tolerance = { absolute = 1 }
  }
  baseline {
    metric    = [[stage.one.metrics.value]] # ERROR: Not a metric: not a list.
    tolerance = { absolute = 1 }
  }
  baseline {
    metric    = toset(stage.many[*].metrics.value) # ERROR: Not a metric: A set forgets which task gave which value
    tolerance = { absolute = 1 }
  }
  baseline {
    metric    = stage.one.metrics.valu # ERROR: No such metric: Did you mean "value"?
    tolerance = { absolute = 1 }
  }
}
check "twice" {
  baseline {
    metric    = stage.many[*].metrics.value
    tolerance = { absolute = 1 }
  }
  baseline {
    metric    = stage.many[*] . metrics.value
    tolerance = { absolute = 1 }
  }
  baseline {
    metric    = stage.many[*].metrics.value # ERROR: Declared twice: This check has a baseline of this metric already, at testdata/bad/baselines.hcl:76.
    tolerance = { relative = 1 }
  }
}
