# What the command line gives, and cannot.
# GIVEN: --var rank
# ERROR IN GIVEN: Invalid --var: --var takes name=value, not "rank".
# GIVEN: --var rnk=2
# ERROR IN GIVEN: No such variable: --var rnk=2: this experiment declares no variable called "rnk". Did you mean "rank"?
# GIVEN: --var-file testdata/none.hcl
# ERROR IN GIVEN: Cannot read --var-file: testdata/none.hcl: no such file or directory.
variable "rank" {
  default = 1
}
