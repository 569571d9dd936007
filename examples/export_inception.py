"""Inception's features as a file for `gan evaluate`: `python examples/export_inception.py inception-v3.onnx imagenet`.

It needs `pip install torchvision onnx`. The weights are torchvision's, which are downloaded, a FILE.pth of them, or
"none", random ones, to try the way. The file resizes pictures to 299 × 299 and gives the 2,048 values after the last
pooling as features, and the classes for the inception score: `gan evaluate RUN --features inception-v3.onnx`. These
are not the weights that papers compute FID with, which `--features inception` has: the numbers compare with those of
the same file, whose checksum stands in its name, and not with published ones.

A tutorial takes `list(inception.children())[:-4]` in place of this. In torchvision 0.28 that fails, since the
auxiliary classifier is among the children ("Expected 3D (unbatched) or 4D (batched) input to conv2d, but got input of
size: [2, 1000]"); without it, it ends before the last block and the pooling, with 2,048 × 8 × 8 = 131,072 values a
picture, whose covariance takes 128 GiB.
"""

import sys
from pathlib import Path

RANGE, SIDE = "-1,1", 299  # of the input; the side that Inception takes


def export(path: Path, weights: str) -> None:
    """Write Inception as an ONNX file; weights: imagenet, none, or a file of torchvision's weights."""
    import onnx
    import torch
    from torch import nn
    from torchvision.models import Inception_V3_Weights, inception_v3

    class Inception(nn.Module):
        """Pictures [N, 3, H, W] in −1 … 1 → features [N, 2048] and logits [N, 1000]."""

        def __init__(self) -> None:
            super().__init__()
            known = Inception_V3_Weights.IMAGENET1K_V1 if weights == "imagenet" else None
            self.body = inception_v3(weights=known, aux_logits=True, init_weights=False)
            if weights not in ("imagenet", "none"):
                self.body.load_state_dict(torch.load(weights, weights_only=True))
            self.body.transform_input = False  # from ImageNet's means to −1 … 1, where the pictures are already
            self.last, self.body.fc = self.body.fc, nn.Identity()

        def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            """Resize, and run all but the last layer, and that."""
            sized = nn.functional.interpolate(pictures, size=(SIDE, SIDE), mode="bilinear", align_corners=False)
            features = self.body(sized)
            return features, self.last(features)

    free = {"pictures": {0: "N", 2: "H", 3: "W"}, "features": {0: "N"}, "logits": {0: "N"}}
    names = {"input_names": ["pictures"], "output_names": ["features", "logits"], "dynamic_axes": free}
    torch.onnx.export(Inception().eval(), (torch.zeros(2, 3, 32, 32),), str(path), dynamo=False, **names)
    model = onnx.load(str(path))
    onnx.helper.set_model_props(model, {"value_range": RANGE})
    onnx.save(model, str(path))


if __name__ == "__main__":
    out, weights = Path(sys.argv[1]), (*sys.argv[2:], "imagenet")[0]
    try:
        export(out, weights)
    except ImportError as error:
        sys.exit(f"{error}; this example needs  pip install torch torchvision onnx")
    from gan_core.features.addressed_files import sha256_of

    print(f"{out} #sha256={sha256_of(out)}")
