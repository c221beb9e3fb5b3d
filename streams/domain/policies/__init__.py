"""Policies (政策): the language of their rules, what a rule sees of a deal, and which deals qualify."""
