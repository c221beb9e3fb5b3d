"""Confidential annexes: into the log sealed, out of it only to whom the log allows, keys in the vault alone."""
