# Files of a folder are read as one, in the order of their names.
stage "sum" "sum" {
  a = stage.one
}
