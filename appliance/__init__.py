"""Maum Signage: signage that chooses its clips by the expression in front of it."""
