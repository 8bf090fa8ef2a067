"""The running unit: threads, inbox, start and stop; the only place that wires parts together."""
