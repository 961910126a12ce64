# A number that would fill gigabytes if it were written out.
stage "const" "one" {
  value = 1e999999999 # ERROR: Number out of range: Numbers are at most about 1e308
}
