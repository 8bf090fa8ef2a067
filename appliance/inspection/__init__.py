"""Looks at the unit from outside, as an auditor would: files, memory, tables, sockets, hardware."""
