"""Maum Signage: signage that chooses its clips by the expression in front of it."""

import os

# ONNX Runtime's builds for Linux report to their maker by themselves since version 1.29, unless
# this is set before they are loaded: https://github.com/microsoft/onnxruntime/pull/27379
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
