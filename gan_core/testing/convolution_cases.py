"""Convolutions of both kinds in many settings, as small networks by telling names; all are smooth."""

from gan_core.specs import layers as L
from gan_core.specs.networks import Network
from gan_core.testing.subjects import of_layers

IMAGE = (2, 5, 6)
SMALL = (2, 3, 4)
WIDE = (4, 5, 6)
CONVOLUTIONS = [  # kernel, stride, padding, padding_end
    (1, 1, 0, None),
    (1, 2, 0, None),
    (1, 1, 1, None),
    (2, 1, 0, None),
    (2, 2, 0, None),
    (2, 1, 0, 1),
    (2, 3, 1, 0),
    (3, 1, 1, None),
    (3, 2, 1, None),
    (3, 3, 0, None),
    (3, 2, 0, 1),
    (3, 1, 3, None),
    (4, 2, 1, None),
    (4, 2, 1, 2),
    (4, 1, 2, 1),
    (4, 3, 2, None),
    (5, 1, 2, None),
    (5, 2, 2, None),
    (5, 3, 0, 2),
]
TRANSPOSED = [  # kernel, stride, padding, padding_end, output_padding
    (1, 1, 0, None, 0),
    (1, 2, 0, None, 1),
    (2, 1, 0, None, 0),
    (2, 2, 0, None, 0),
    (2, 3, 0, None, 2),
    (2, 2, 0, 1, 0),
    (3, 1, 1, None, 0),
    (3, 2, 1, None, 0),
    (3, 2, 1, None, 1),
    (3, 2, 0, 1, 0),
    (3, 2, 1, 0, 1),
    (3, 3, 2, None, 1),
    (3, 2, 3, None, 0),
    (4, 1, 0, None, 0),
    (4, 2, 1, None, 0),
    (4, 2, 1, 2, 0),
    (4, 3, 2, 1, 2),
    (5, 2, 2, None, 1),
    (5, 1, 2, None, 0),
    (5, 3, 1, None, 2),
]
SIZED = {  # rectangles, and every second or third pixel
    "rectangular": L.Conv(channels=3, kernel=(3, 2), stride=(2, 1), padding=(1, 0)),
    "rectangular-uneven": L.Conv(channels=3, kernel=(2, 4), padding=(0, 1), padding_end=(1, 2)),
    "rectangular-same": L.Conv(channels=2, kernel=(1, 3), padding=(0, 1), bias=False),
    "dilated": L.Conv(channels=3, kernel=3, padding=2, dilation=2),
    "dilated-rectangular": L.Conv(channels=3, kernel=(2, 3), dilation=(3, 1), padding=1, padding_end=(1, 0)),
    "dilated-stride": L.Conv(channels=2, kernel=2, dilation=(2, 3), stride=2, padding=1),
}
PADDED = {
    "reflect": L.Conv(channels=3, kernel=3, padding=1, padding_mode="reflect"),
    "reflect-uneven": L.Conv(channels=2, kernel=3, padding=(2, 1), padding_end=(1, 3), padding_mode="reflect"),
    "replicate": L.Conv(channels=3, kernel=3, padding=(3, 1), stride=2, padding_mode="replicate"),
    "replicate-uneven": L.Conv(channels=2, kernel=2, padding=0, padding_end=(1, 3), padding_mode="replicate"),
    "replicate-dilated": L.Conv(channels=2, kernel=3, padding=2, dilation=2, padding_mode="replicate"),
}
GROUPED = {  # on 4 channels
    "groups-2": L.Conv(channels=6, kernel=3, padding=1, groups=2),
    "groups-2-same-end": L.Conv(channels=2, kernel=2, padding=0, padding_end=1, groups=2, bias=False),
    "groups-2-dilated-stride": L.Conv(channels=2, kernel=2, dilation=2, stride=(1, 2), groups=2),
    "depthwise": L.Conv(channels=4, kernel=3, padding=1, groups=4),
    "depthwise-2-a-channel": L.Conv(channels=8, kernel=3, stride=2, padding=1, groups=4, bias=False),
    "depthwise-rectangular-stride": L.Conv(channels=4, kernel=(2, 3), stride=(2, 1), groups=4),
    "depthwise-dilated": L.Conv(channels=4, kernel=3, padding=2, dilation=2, groups=4),
    "depthwise-reflect": L.Conv(channels=4, kernel=3, padding=1, groups=4, padding_mode="reflect"),
}
TRANSPOSED_SIZED = {
    "rectangular": L.ConvTranspose(channels=3, kernel=(3, 2), stride=(2, 1), padding=(1, 0), output_padding=(1, 0)),
    "rectangular-uneven": L.ConvTranspose(channels=2, kernel=(2, 4), stride=(1, 2), padding=(0, 1), padding_end=(1, 2)),
    "dilated": L.ConvTranspose(channels=3, kernel=3, stride=2, padding=1, dilation=2, output_padding=1),
    "dilated-rectangular": L.ConvTranspose(channels=2, kernel=2, dilation=(2, 1), bias=False),
}
ALONG_ROWS = {  # sounds: images of one row
    "along-a-row": L.Conv(channels=4, kernel=(1, 5), stride=(1, 4), padding=(0, 1), padding_end=(0, 2), groups=2),
    "along-a-row-dilated": L.Conv(channels=2, kernel=(1, 3), padding=(0, 2), dilation=(1, 2), padding_mode="reflect"),
}
TRANSPOSED_ALONG_ROWS = {
    "along-a-row": L.ConvTranspose(
        channels=2, kernel=(1, 5), stride=(1, 4), padding=(0, 1), padding_end=(0, 0), dilation=(1, 2), groups=2
    ),
}
TRANSPOSED_GROUPED = {  # on 4 channels
    "groups-2": L.ConvTranspose(channels=6, kernel=3, stride=2, padding=1, groups=2),
    "groups-2-dilated-uneven": L.ConvTranspose(
        channels=2, kernel=2, stride=2, padding=0, padding_end=1, dilation=(2, 1), groups=2
    ),
    "depthwise": L.ConvTranspose(channels=4, kernel=4, stride=2, padding=1, groups=4, bias=False),
}


def convolutional_networks() -> dict[str, Network]:
    """Return the networks by their names."""
    return {**_square(), **_sized(), **_spectral()}


def _sized() -> dict[str, Network]:
    conv = {name: of_layers(layer, shape=IMAGE) for name, layer in (SIZED | PADDED).items()}
    conv |= {name: of_layers(layer, shape=WIDE) for name, layer in GROUPED.items()}
    transposed = {name: of_layers(layer, shape=SMALL) for name, layer in TRANSPOSED_SIZED.items()}
    conv |= {name: of_layers(layer, shape=(4, 1, 10)) for name, layer in ALONG_ROWS.items()}
    transposed |= {name: of_layers(layer, shape=(4, 1, 3)) for name, layer in TRANSPOSED_ALONG_ROWS.items()}
    transposed |= {name: of_layers(layer, shape=(4, 2, 3)) for name, layer in TRANSPOSED_GROUPED.items()}
    networks = {f"conv-{name}": network for name, network in conv.items()}
    networks |= {f"conv_transpose-{name}": network for name, network in transposed.items()}
    one_row = L.Conv(channels=2, kernel=2, padding=1, padding_mode="replicate")
    return networks | {"conv-replicate-one-row": of_layers(one_row, shape=(2, 1, 4))}


def _square() -> dict[str, Network]:
    cases = {}
    for number, (kernel, stride, padding, end) in enumerate(CONVOLUTIONS):
        layer = L.Conv(channels=3, kernel=kernel, stride=stride, padding=padding, padding_end=end, bias=number % 4 != 1)
        cases[f"conv-k{kernel}-s{stride}-p{padding}+{end}"] = of_layers(layer, shape=IMAGE)
    for number, (kernel, stride, padding, end, output) in enumerate(TRANSPOSED):
        transposed = L.ConvTranspose(
            channels=3,
            kernel=kernel,
            stride=stride,
            padding=padding,
            padding_end=end,
            output_padding=output,
            bias=number % 4 != 1,
        )
        cases[f"conv_transpose-k{kernel}-s{stride}-p{padding}+{end}-o{output}"] = of_layers(transposed, shape=SMALL)
    return cases


def _spectral() -> dict[str, Network]:
    conv = L.Conv(channels=3, kernel=4, stride=2, padding=1, padding_end=2, spectral_norm=True)
    transposed = L.ConvTranspose(channels=3, kernel=3, stride=2, padding=0, padding_end=1, spectral_norm=True)
    grouped = L.Conv(channels=4, kernel=(2, 3), padding=1, groups=2, dilation=2, spectral_norm=True)
    grouped_transposed = L.ConvTranspose(channels=6, kernel=2, stride=2, groups=2, spectral_norm=True)
    return {
        "spectral-conv": of_layers(L.Conv(channels=3, kernel=3, padding=1, spectral_norm=True), shape=IMAGE),
        "spectral-conv-k4-s2-p1+2": of_layers(conv, shape=IMAGE),
        "spectral-conv-groups-2": of_layers(grouped, shape=WIDE),
        "spectral-conv_transpose": of_layers(L.ConvTranspose(channels=3, kernel=2, spectral_norm=True), shape=SMALL),
        "spectral-conv_transpose-k3-s2-p0+1": of_layers(transposed, shape=SMALL),
        "spectral-conv_transpose-groups-2": of_layers(grouped_transposed, shape=(4, 2, 3)),
    }
