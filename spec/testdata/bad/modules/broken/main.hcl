variable "x" { # ERROR: Unclosed configuration block: There is no closing brace
