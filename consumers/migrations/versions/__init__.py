"""One module for each version, in the words of its day: later changes of ``consumers.tables`` do not reach back."""
