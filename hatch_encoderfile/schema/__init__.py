"""Tables of fields: one strict reader for the spec, policies and plugin options."""
