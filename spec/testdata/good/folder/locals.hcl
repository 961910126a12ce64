locals {
  twice = 2 * var.rank
}
