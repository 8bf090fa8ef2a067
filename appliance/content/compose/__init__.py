"""Photographs and videos become one clip with fitting music: looked at, planned, rendered."""
