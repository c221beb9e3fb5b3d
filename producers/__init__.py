"""Facts in: what institutions submit, from files and programs."""
