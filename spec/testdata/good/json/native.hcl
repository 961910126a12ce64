stage "const" "native" {
  value = local.twice
}
