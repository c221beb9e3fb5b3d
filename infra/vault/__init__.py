"""Custody of confidential annexes: how they are sealed, and where their keys lie. The log has neither key nor text."""
