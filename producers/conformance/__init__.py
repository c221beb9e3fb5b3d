"""What a candidate's system has written to its inbox, held against what a connected system has to do."""
