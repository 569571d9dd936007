"""Sweeps: variants of one experiment, each trained from several seeds, scored in the same terms and shown together."""
