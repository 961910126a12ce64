# Baselines: names by which values are paired.
stage "sum" "fit" {
  for_each = { for s in range(3) : "seed=${s}" => s }
  a        = stage.one
}
stage "const" "one" {
  value = 1
}
stage "const" "none" {
  for_each = toset([])
  value    = 1
}
check "forms" {
  baseline {
    metric    = stage.one.metrics.value
    tolerance = { absolute = 0.1 }
  }
  baseline {
    metric    = stage.fit["seed=1"].metrics.value
    tolerance = { relative = 5e-2 }
    better    = "higher"
  }
  baseline {
    metric    = stage.fit[*].metrics.value
    tolerance = { standard_errors = 2 }
    better    = "lower"
  }
  baseline {
    metric    = [for s in stage.fit[*] : s.metrics.spread]
    tolerance = { absolute = 0 }
  }
  baseline {
    metric    = [for k, s in stage.fit : s.metrics.value - stage.one.metrics.value]
    tolerance = { absolute = 1 }
  }
  baseline {
    metric    = [for s in stage.fit[*] : s.metrics.value if s.metrics.value > 11]
    tolerance = { absolute = 1 }
  }
  baseline {
    metric = {
      for k, s in stage.fit : "of ${k}" => s.metrics.value
    }
    tolerance = { absolute = 1 }
  }
  baseline {
    metric    = mean(stage.fit[*].metrics.value)
    tolerance = { absolute = 1 }
  }
  baseline {
    metric    = [stage.one.metrics.value, stage.fit["seed=0"].metrics.value]
    tolerance = { absolute = 1 }
  }
  baseline {
    metric    = [stage.fit["seed=0"].metrics.value, stage.fit["seed=0"].metrics.spread]
    tolerance = { absolute = 1 }
  }
  baseline {
    metric    = { one = stage.one.metrics.value, two = stage.fit["seed=2"].metrics.value }
    tolerance = { absolute = 1 }
  }
}
