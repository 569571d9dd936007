"""Where a training is told of besides its own files: TensorBoard, a table, or what a user's own package brings."""
