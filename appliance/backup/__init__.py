"""Backups: made while the unit runs, read back before they count, restored here or elsewhere."""
