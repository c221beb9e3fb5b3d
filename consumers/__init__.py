"""Facts out: the read model in SQL, the stream of matches, and what the command line shows of both."""
