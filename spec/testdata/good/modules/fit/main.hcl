experiment "fit" {
  title = "Nobody sees this where it is a module"
}
stage "const" "fit" {
  for_each = { for s in range(var.seeds) : "seed=${s}" => s }
  value    = var.size + each.value
  scale    = var.options.scale
}
stage "sum" "best" {
  a          = var.base
  b          = one(slice(concat(var.others[*], [var.base]), 0, 1))
  depends_on = [stage.fit]
}
stage "mix" "patterns" {
  inputs = var.others == null ? [var.base] : var.others[*]
  name   = file("note.txt")
}
check "sizes" {
  assert {
    condition     = mean(stage.fit[*].metrics.value) < var.size
    error_message = "the mean is ${mean(stage.fit[*].metrics.value)}, the size ${var.size}"
  }
}
output "fits" {
  value = stage.fit
}
output "best" {
  value = stage.best
}
output "mean" {
  value = mean(stage.fit[*].metrics.value)
}
output "file" {
  value = var.file
}
output "options" {
  value = var.options
}
check "still" {
  baseline {
    metric    = stage.fit[*].metrics.value
    tolerance = { standard_errors = 2 }
  }
}
