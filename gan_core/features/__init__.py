"""From samples to features, the numbers that metrics compare: a classifier, an ONNX file, or the raw coordinates."""
