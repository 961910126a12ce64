# Datasets.
stage "const" "one" {
  value = 1
}
dataset "digest" {
  url    = "https://example.org/a.mat"
  sha256 = "abc" # ERROR: Invalid digest: "abc" is not a sha256 digest: 64 hexadecimal digits are expected.
}
dataset "url" {
  url    = "ftp://example.org/a.mat" # ERROR: Invalid url: "ftp://example.org/a.mat" is no address that begins with https://, http:// or file://.
  sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
}
dataset "host" {
  url    = "https://" # ERROR: Invalid url: is no address
  sha256 = [1]        # ERROR: Wrong type: "sha256" takes a string, not a list.
}
dataset "metric" {
  url    = "https://example.org/${stage.one.metrics.value}" # ERROR: Depends on a metric: "url" must be known before the run
  sha256 = null                                             # ERROR: Wrong type: "sha256" takes a string, not null.
  sha    = "1"                                              # ERROR: Unknown attribute: A dataset block has no attribute "sha".
}
dataset "each" {
  for_each = { a = "https://example.org/a", b = "b", c = "c" }
  url      = each.value # ERROR: Invalid url: "b" is no address
  sha256   = "0000000000000000000000000000000000000000000000000000000000000000"
}
dataset "keyed" {
  for_each = { a = "https://example.org/a" }
  url      = each.value
  sha256   = "0000000000000000000000000000000000000000000000000000000000000000"
}
stage "const" "file" {
  value = 1
  file  = dataset.keyed["b"] # ERROR: No such key: There is no "b" in dataset.keyed. There is a.
}
stage "const" "files" {
  value = dataset.keyed["a"] # ERROR: Wrong type: "value" takes a number, not a dataset.
  file  = dataset.keyed      # ERROR: Which dataset?: "file" takes one file, and this stands for 1 datasets: choose one by its key, as in dataset.name["key"].
}
stage "const" "metric" {
  value = 1
  file  = stage.one.metrics.value # ERROR: Wrong type: "file" takes a dataset, as in dataset.name, or the path of a file, not a number.
}
