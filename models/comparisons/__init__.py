"""The papers' comparisons, run again: activation by architecture, and balanced augmentation."""
