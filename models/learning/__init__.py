"""Policies compared in simulated places: how much satisfaction each costs its visitors."""
