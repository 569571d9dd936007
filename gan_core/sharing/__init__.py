"""What leaves the library whole: networks as ONNX files, model cards, packed runs, and the lists of them."""
