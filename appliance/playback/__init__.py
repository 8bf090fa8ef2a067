"""Which screen: the state machine of a visit."""
