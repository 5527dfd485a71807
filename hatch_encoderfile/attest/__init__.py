"""What travels beside an encoderfile: its bill of materials, its provenance, and the signatures over them."""
