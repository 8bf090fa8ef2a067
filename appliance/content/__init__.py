"""Clips as files: probing, checking, the starter library."""
