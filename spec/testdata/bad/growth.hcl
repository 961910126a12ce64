# Small files that would make much.
locals {
  one  = [for a in range(2000) : [for b in range(2000) : [for c in range(2000) : c]]] # ERROR: Too many values: To evaluate this takes more than
  some = range(1000)
  more = [for a in local.some : local.some]
  text = length(setproduct(range(3000), range(3000))) # ERROR: Error in function call: this would make about
}
