"""Which clip: rules first, then learning."""
