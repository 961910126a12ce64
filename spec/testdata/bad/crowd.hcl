# More modules than anybody can mean.
module "many" { # ERROR: Too many modules: more than 10000 instances
  source   = "./crowd/one"
  for_each = { for i in range(10002) : i => i }
}
