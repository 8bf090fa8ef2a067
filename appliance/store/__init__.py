"""SQLite: the only place where the unit remembers anything."""
