"""Running the networks through ONNX Runtime, from their manifests."""
