"""The emotion workbench: trains, exports, quantizes and measures the seven-class network."""

import appliance  # noqa: F401 -- first of all: it keeps ONNX Runtime from reporting
