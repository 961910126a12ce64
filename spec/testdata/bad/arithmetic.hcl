# HCL makes these infinite, five, or a trace of Go.
locals {
  by_zero    = 1 / 0                      # ERROR: Operation failed: The number to divide by is 0.
  remainder  = 5 % 0                      # ERROR: Operation failed: The number to divide by is 0.
  large      = 1e300 * 1e300              # ERROR: Operation failed: The result is out of range
  root       = pow(-1, 0.5)               # ERROR: Error in function call: of -1 and 0.5 the result is no real number.
  logarithm  = log(-1, 10)                # ERROR: Error in function call: of -1 and 10 the result is no real number.
  power      = pow(10, 400)               # ERROR: Error in function call: too large.
  from_text  = tonumber("1e999999999")    # ERROR: Number out of range: at most about 1e308
  into_text  = "${tonumber("1e99999999")} a" # ERROR: Number out of range: at most about 1e308
}
