"""The face detector's workbench: data, training, export and measuring of the YOLO face network."""

import appliance  # noqa: F401 -- first of all: it keeps ONNX Runtime from reporting
