"""The ``appliance`` command, one file per subject."""
