module "back" {
  source = "../loop" # ERROR: Module contains itself: holds this block, directly or by modules within it
}
