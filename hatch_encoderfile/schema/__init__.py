"""Tables of fields, with which the spec, policies and plugin options are read and their JSON Schemas made."""
