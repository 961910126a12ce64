# Modules that cannot be used as they are.
stage "const" "one" {
  value = 1
}
module "missing" {
  source = "./nowhere" # ERROR: No such module: There is no folder testdata/bad/nowhere: source is a folder
}
module "file" {
  source = "modules.hcl" # ERROR: No such module: There is no folder testdata/bad/modules.hcl
}
module "computed" {
  source = "./${var.x}" # ERROR: Not a constant: "source" takes a string written out
}
module "without" { # ERROR: Missing attribute: This module block needs the attribute "source", a folder such as "./fit".
  base = stage.one
}
module "empty" {
  source = "./modules" # ERROR: Cannot read the module: the folder has no .hcl file
}
module "itself" {
  source = "../bad" # ERROR: Module contains itself: The folder testdata/bad holds this block
}
module "loop" {
  source = "./modules/loop"
}
module "arguments" { # ERROR: Missing attribute: The module in testdata/bad/modules/good needs a value for its variable "base", which has no default.
  source = "./modules/good"
  bas    = stage.one # ERROR: Unknown attribute: The module in testdata/bad/modules/good declares no variable "bas". Did you mean "base"?
  when   = true      # ERROR: Unknown attribute: A module block takes no when: write it in the stages of the module
  block {}           # ERROR: Unknown block: A module block has no block "block".
}
module "reserved" { # ERROR: Variable cannot be set: has a variable "source", which means something else in a module block.
  source = "./modules/reserved"
}
module "types" {
  source = "./modules/good"
  base   = stage.one
  size   = "large" # ERROR: Wrong value for a variable: Variable "size" takes a number, and the module's argument is the string "large".
}
module "refused" {
  source = "./modules/good"
  base   = stage.one
  size   = 100 # ERROR: Value refused: size is below 100; the module's argument gives 100.
}
module "each" {
  source = "./modules/good"
  base   = each.value # ERROR: each without for_each: exist only in a stage, dataset or module that has for_each.
}
module "metric" {
  source   = "./modules/good"
  for_each = { for i in range(stage.one.metrics.value) : "i=${i}" => i } # ERROR: for_each depends on a metric: Which tasks there are must be known
  base     = stage.one
}
module "good" {
  source = "./modules/good"
  base   = stage.one
}
module "many" {
  source   = "./modules/good"
  for_each = toset(["a", "b"])
  base     = stage.one
}
module "number" {
  source = "./modules/good"
  base   = 3
}
module "faulty" {
  source   = "./modules/faulty"
  for_each = { a = 1, b = 2 }
  values   = [each.value]
  late     = stage.one.metrics.value
}
module "broken" {
  source = "./modules/broken"
}
module "good" { # ERROR: Declared twice: module.good is declared at testdata/bad/modules.hcl:54 already
  source = "./modules/good"
  base   = stage.one
}
stage "sum" "outputs" {
  a     = module.good.fits                # ERROR: No such output: The module in testdata/bad/modules/good gives no output "fits". Did you mean "fit"?
  b     = module.god.fit                  # ERROR: No such module: Did you mean "good"?
  times = module.many.fit                 # ERROR: Which instance?: module.many has for_each, so it stands for several instances: module.many["…"] is one of them, module.many[*] all.
}
stage "sum" "instances" {
  a     = module.many["c"].fit            # ERROR: No such name: There is no "c" in module.many. There is a, b.
  b     = module.many["a"].fot            # ERROR: No such output: Did you mean "fit"?
  times = module.many[lower("A")].fot     # ERROR: No such output: Did you mean "fit"?
}
stage "collect" "splat" {
  all = module.many[*].fitt # ERROR: No such output: Did you mean "fit"?
}
stage "sum" "whole" {
  a     = module.good                     # ERROR: Wrong type: "a" takes a stage, as in a = stage.name, not an object.
  b     = module.good.fit.metrics.valu    # ERROR: No such key: There is no "valu" in module.good.fit.metrics. Did you mean "value"?
  times = module                          # ERROR: Incomplete reference: as in module.name
}
output "stage" {
  value = module.good.fit # ERROR: Not a value: An output takes
}

# A cycle leads through a module.
module "cycle" { # ERROR: Cycle: module.cycle needs stage.cycle (testdata/bad/modules.hcl:105), stage.cycle needs module.cycle (testdata/bad/modules.hcl:108). Remove
  source = "./modules/good"
  base   = stage.cycle
}
stage "sum" "cycle" {
  a = module.cycle.fit
}

# What stands behind a fault is not complained about.
stage "sum" "behind" {
  a     = module.broken.anything
  b     = module.refused.fit
  times = module.faulty["a"].late
}
