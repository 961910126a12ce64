# Modules: values, stages, sweeps, datasets and metrics go in, and come out.
experiment "modules" {
  title = "Of modules"
}
variable "seeds" {
  default = 2
}
dataset "numbers" {
  url    = "https://example.org/numbers"
  sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
}
stage "const" "first" {
  value = 1
}
stage "const" "sweep" {
  for_each = toset(["a", "b"])
  value    = length(each.key)
}
module "one" {
  source = "./fit"
  base   = stage.first
  others = stage.sweep
  file   = dataset.numbers
  size   = stage.first.metrics.value
  seeds  = var.seeds
}
module "many" {
  source   = "./fit"
  for_each = { x = stage.first, y = module.one.best }
  base     = each.value
  options  = { scale = 3 }
}
module "outer" {
  source = "./wrap"
  inputs = [stage.first, module.one.best]
}
stage "sum" "from_module" {
  a     = module.one.best
  b     = module.many["x"].fits["seed=0"]
  times = ceil(module.one.mean)
}
stage "collect" "all" {
  all = concat(module.one.fits[*], module.many[*].best, [module.outer.inner.best])
}
stage "const" "after_module" {
  value = mean(module.many[*].mean)
  file  = module.one.file
}
check "modules" {
  assert {
    condition     = module.many["x"].mean > 0 && length(module.many) == 2
    error_message = "mean is ${module.many["x"].mean}"
  }
}
output "means" {
  value = { for k, m in module.many : k => m.mean }
}
output "plain" {
  value = module.one.options
}
check "pairs" {
  baseline {
    metric    = module.many[*].mean
    tolerance = { relative = 0.1 }
  }
  baseline {
    metric    = [for m in module.many : mean([for s in m.fits : s.metrics.value])]
    tolerance = { relative = 0.1 }
  }
  baseline {
    metric    = module.one.fits[*].metrics.value
    tolerance = { relative = 0.1 }
  }
}
