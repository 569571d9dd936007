"""`gan port`: networks of a user's own script."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gan_core.cli import completions
from gan_core.cli.application import app, examples
from gan_core.cli.parameters import Changes, words
from gan_core.cli.results import print_note, tell

if TYPE_CHECKING:
    from gan_core.porting.port import Ported

Place = Annotated[
    str,
    typer.Argument(
        metavar="SCRIPT.py:NAME",
        help="A class, function or instance, or a call of one.",
        autocompletion=completions.files_of(".py"),
    ),
]


@app.command(
    epilog=examples(
        "gan port dcgan.py:Generator dcgan.py:Discriminator --weights netG.pth,netD.pth --input 100 --out mine",
        "gan port 'cgan.py:Generator(64)' cgan.py:Discriminator --input z=100 --input labels=label:10 --out mine",
        "gan port keras_gan.py:generator keras_gan.py:discriminator --out mine",
    )
)
def port(
    generator: Place,
    discriminator: Place,
    out: Annotated[Path, typer.Option(metavar="DIR", help="The new run directory.")],
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", metavar="[NAME=]SHAPE", help="Of the generator: 100, 3,64,64, label:10; of each one."),
    ] = None,
    weights: Annotated[
        str, typer.Option(metavar="G.pth,D.pth", help="Files of weights, in place of the modules' own values.")
    ] = "",
    key: Annotated[
        str, typer.Option("--key", metavar="NAME,NAME", help="The table in each file; by default the one that fits.")
    ] = "",
    match: Annotated[
        str | None, typer.Option("--match", metavar="names|order", help="By default names, then order.")
    ] = None,
    name_map: Annotated[
        str,
        typer.Option("--map", metavar="G.toml,D.toml", help='Of each file: "net.0.weight" = "main.0.weight".'),
    ] = "",
    arguments: Annotated[str, typer.Option("--arguments", metavar="TEXT", help="The script's own command line.")] = "",
    backend: Annotated[
        str | None, typer.Option("--backend", metavar="NAME", help="By default by what the script imports.")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FOLDER",
            help="mnist, cifar10, a folder of pictures, an .npz; by default by the shape.",
        ),
    ] = None,
    loss: Annotated[str, typer.Option(metavar="NAME", help="A word of `gan list losses`.")] = "non_saturating",
    learning_rate: Annotated[float, typer.Option(metavar="RATE", help="Of Adam with beta1 .5, for both.")] = 2e-4,
    keep_sigmoid: Annotated[
        bool, typer.Option("--keep-sigmoid", help="Leave the discriminator's last sigmoid where it is.")
    ] = False,
    changes: Changes = None,
) -> None:
    """Bring the networks of a script of your own, with their weights, into a new run, for every framework.

    Of the script runs what its networks need, and no training. Layers without a counterpart are refused by name.
    """
    from gan_core.porting.experiments import Wanted
    from gan_core.porting.port import port as port_networks

    made = port_networks(
        generator,
        discriminator,
        out,
        inputs=inputs or (),
        weights=words(weights),
        key=words(key),
        match=match,
        name_map=words(name_map),
        arguments=arguments,
        backend=backend,
        wanted=Wanted(data=data, loss=loss, learning_rate=learning_rate, keep_sigmoid=keep_sigmoid),
        changes=changes,
        tell=tell,
    )
    _print(made)


def _print(made: "Ported") -> None:
    for role, one in made.networks.items():
        inputs = " and ".join(str(list(given.shape)) for given in one.plan.inputs.values())
        print(
            f"{role}: {len(one.plan.nodes)} layers, {one.plan.parameters:,} parameters, {inputs} → "
            f"{' and '.join(str(list(shape)) for shape in one.plan.outputs.values())}"
        )
        for line in one.mapping:
            print(f"  {line}")
        print(
            f"  largest difference from the script's own, of 8 inputs: {one.difference.largest:.1e} "
            f"(values up to {one.difference.scale:.2g})"
        )
    for remark in made.remarks:
        print_note(remark)
    print(f"{made.path}/experiment.toml: gan train {made.path}/experiment.toml --backend NAME  starts anew")
    print(f"{made.path}: gan resume {made.path} --backend NAME  goes on with these weights, on any framework")
