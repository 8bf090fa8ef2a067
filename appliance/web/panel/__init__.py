"""The panel page's routes, one file per subject."""
