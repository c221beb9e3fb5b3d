"""Learning the scoring model from data, and measuring how well it ranks; nothing here runs in a worker."""
