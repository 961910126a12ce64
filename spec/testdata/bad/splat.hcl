# The metrics that a stage's attributes decide are known by name.
stage "program" "p" {
  for_each = toset(["x", "y"])
  outputs  = { loss = "metric", time = "metric" }
}
output "zz" {
  value = stage.p[*].metrics.zz # ERROR: No such key: There is no "zz" in this. There is loss, time.
}
