"""A vision transformer of DINOv2's architecture, exported by its framework, as an extractor: `FILE.onnx#dinov2`."""

import numpy as np
import pytest

from gan_core.features.onnx_file import OnnxExtractor


@pytest.mark.filterwarnings("ignore")
def test_a_transformer_s_class_token_is_what_its_framework_gives(name, tmp_path):
    if name != "torch":
        pytest.skip("the export is that of torch, and two frameworks in a process can crash each other")
    import torch

    import vision_transformer

    torch.manual_seed(0)
    network = vision_transformer.Transformer().eval()
    path = vision_transformer.exported(tmp_path / "vit.onnx", network)
    images = np.random.default_rng(0).uniform(-1, 1, (3, 3, 32, 32))

    found = OnnxExtractor(path, (-1.0, 1.0), ["dinov2"])(images).values

    with torch.no_grad():
        expected = network(vision_transformer.prepared(images))[:, 0].numpy()
    assert found.shape == (3, vision_transformer.WIDTH)
    assert np.abs(found - expected).max() < 1e-4 * np.abs(expected).max()
