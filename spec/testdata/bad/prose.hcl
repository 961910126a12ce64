Dear reader, this is no HCL at all. # ERROR: Invalid block definition: Either a quoted string block label or an opening brace
It goes on.
