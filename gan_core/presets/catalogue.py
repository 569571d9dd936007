"""The presets, each with the paper and the settings that it stands for, in the order in which they are listed."""

from collections.abc import Callable

from gan_core.experiments.experiment import Experiment
from gan_core.presets import (
    autoencoding,
    big,
    classes,
    convolutional,
    few_images,
    images,
    inference,
    keras_examples,
    many_outputs,
    mlp,
    paired,
    published_losses,
    remedies,
    residual,
    restoring,
    script_convolutions,
    self_supervised,
    semi_supervised,
    series,
    sounds,
    stacked,
    styles,
    tables,
    translation,
    two_ways,
)
from gan_core.presets.entries import PRESETS, Group, Preset


def _add(name: str, make: Callable[..., Experiment], paper: str, group: Group, stands_for: str) -> None:
    PRESETS.add(name, Preset(make, paper=paper, group=group, stands_for=stands_for))


_add("digits-mlp", mlp.digits_mlp, "Goodfellow 2014", "unconditional", "this library's smallest")
_add("mnist-mlp", mlp.mnist_mlp, "Goodfellow 2014", "unconditional", "a tutorial in PyTorch and Paddle (2025)")
_add("mnist-wgan", mlp.mnist_wgan, "Arjovsky 2017", "unconditional", "the paper's algorithm 1")
_add("mnist-wgan-gp", mlp.mnist_wgan_gp, "Gulrajani 2017", "unconditional", "the paper's algorithm 1")
_add("mixture-8", mlp.mixture_8, "Goodfellow 2014", "mode-collapse", "a tutorial on mode collapse")
_add("mnist-maxout", mlp.mnist_maxout, "Goodfellow 2014", "unconditional", "the authors' code of 2014")
_add("mnist-cgan", mlp.mnist_cgan, "Mirza 2014", "conditional", "the paper, with an embedding as tutorials have it")
_add("mnist-r1", mlp.mnist_r1, "Mescheder 2018", "unconditional", "the paper's penalty on the networks of mnist-mlp")
_add("mnist-dragan", mlp.mnist_dragan, "Kodali 2017", "unconditional", "the authors' penalty on mnist-mlp")
_add(
    "mnist-relativistic",
    mlp.mnist_relativistic,
    "Jolicoeur-Martineau 2018",
    "unconditional",
    "the paper's loss on the networks of mnist-mlp",
)
_add(
    "mnist-dcgan", convolutional.mnist_dcgan, "Radford 2016", "unconditional", "an overview of image generation (2025)"
)
_add(
    "mnist-wgan-gp-conv",
    convolutional.mnist_wgan_gp_conv,
    "Gulrajani 2017",
    "unconditional",
    "the paper, to go beside mnist-cond-wgan-gp",
)
_add(
    "mnist-cond-wgan-gp",
    convolutional.mnist_cond_wgan_gp,
    "Gulrajani 2017, Mirza 2014",
    "conditional",
    "day 41 of a course in PyTorch (2025)",
)
_add("mnist-sngan", convolutional.mnist_sngan, "Miyato 2018", "unconditional", "the paper's method on a small DCGAN")
_add("dcgan-64", images.dcgan_64, "Radford 2016", "unconditional", "the paper's networks")
_add("frog-dcgan", images.frog_dcgan, "Chollet 2017", "unconditional", "Deep Learning with Python, section 8.5")
_add("anime-dcgan-96", images.anime_dcgan_96, "Radford 2016", "unconditional", "a tutorial in PyTorch on anime faces")
_add(
    "diffaugment-dcgan", few_images.diffaugment_dcgan, "Zhao 2020", "unconditional", "the paper's policies on dcgan-64"
)
_add("gan-ada", few_images.gan_ada, "Karras 2020", "unconditional", "the paper's rule on small networks")
_add("stylegan2-small", styles.stylegan2_small, "Karras 2020", "unconditional", "the authors' networks, few channels")
_add("cyclegan", translation.cyclegan, "Zhu 2017", "translation", "the authors' pytorch-CycleGAN-and-pix2pix")
_add("cyclegan-colour", translation.cyclegan_colour, "Zhu 2017", "translation", "the authors' networks, to colour")
_add("began", autoencoding.began, "Berthelot 2017", "autoencoding", "the paper's networks for 32×32")
_add("ebgan", autoencoding.ebgan, "Zhao 2017", "autoencoding", "the paper, with dense layers")
_add(
    "minibatch-discrimination",
    remedies.minibatch_discrimination,
    "Salimans 2016",
    "mode-collapse",
    "day 41 of a course in PyTorch (2025)",
)
_add("pacgan", remedies.pacgan, "Lin 2018", "mode-collapse", "the paper, on the networks of mixture-8")
_add("mnist-pacgan", remedies.mnist_pacgan, "Lin 2018", "mode-collapse", "the paper, on the networks of mnist-mlp")
_add(
    "stacked-mnist",
    stacked.stacked_mnist,
    "Metz 2017, Lin 2018",
    "mode-collapse",
    "PacGAN's code (fjxmlzn/PacGAN), unrolled_GAN_experiment",
)
_add("unrolled", remedies.unrolled, "Metz 2017", "mode-collapse", "the paper, on mixture-8")
_add("mnist-unrolled", remedies.mnist_unrolled, "Metz 2017", "mode-collapse", "the paper, on the networks of mnist-mlp")
_add("multi-generator", remedies.multi_generator, "Ghosh 2018", "mode-collapse", "the paper, on mixture-8")
_add(
    "mnist-multi-generator",
    remedies.mnist_multi_generator,
    "Ghosh 2018",
    "mode-collapse",
    "the paper, on the networks of mnist-mlp",
)
_add("mnist-lsgan", script_convolutions.mnist_lsgan, "Mao 2017", "unconditional", "PyTorch-GAN, lsgan.py")
_add("mnist-began", script_convolutions.mnist_began, "Berthelot 2017", "autoencoding", "PyTorch-GAN, began.py")
_add("mnist-bgan", published_losses.mnist_bgan, "Hjelm 2018", "unconditional", "PyTorch-GAN, bgan.py")
_add(
    "mnist-softmax-gan", published_losses.mnist_softmax_gan, "Lin 2017", "unconditional", "PyTorch-GAN, softmax_gan.py"
)
_add("mnist-wgan-div", published_losses.mnist_wgan_div, "Wu 2018", "unconditional", "PyTorch-GAN, wgan_div.py")
_add(
    "keras-dcgan", keras_examples.keras_dcgan, "Radford 2016", "unconditional", "keras.io, dcgan_overriding_train_step"
)
_add("keras-wgan-gp", keras_examples.keras_wgan_gp, "Gulrajani 2017", "unconditional", "keras.io, wgan_gp")
_add(
    "keras-conditional-gan",
    keras_examples.keras_conditional_gan,
    "Mirza 2014",
    "conditional",
    "keras.io, conditional_gan",
)
_add("cogan", script_convolutions.cogan, "Liu 2016", "unconditional", "PyTorch-GAN, cogan.py; the paper's task B")
_add("discogan", two_ways.discogan, "Kim 2017", "translation", "the authors' networks, the paper's losses")
_add("dualgan", two_ways.dualgan, "Yi 2017", "translation", "PyTorch-GAN, dualgan.py")
_add("mnist-acgan", classes.mnist_acgan, "Odena 2017", "conditional", "PyTorch-GAN, acgan.py")
_add("mnist-infogan", classes.mnist_infogan, "Chen 2016", "conditional", "the authors' code (openai/InfoGAN)")
_add(
    "mnist-infogan-script",
    classes.mnist_infogan_script,
    "Chen 2016",
    "conditional",
    "PyTorch-GAN, infogan.py",
)
_add(
    "mnist-semi-supervised",
    semi_supervised.mnist_semi_supervised,
    "Salimans 2016",
    "semi-supervised",
    "the authors' code (openai/improved-gan)",
)
_add(
    "cifar-sngan-resnet",
    residual.cifar_sngan_resnet,
    "Miyato 2018",
    "unconditional",
    "the authors' code (pfnet-research/sngan_projection)",
)
_add(
    "cifar-projection",
    residual.cifar_projection,
    "Miyato 2018",
    "conditional",
    "the authors' code (pfnet-research/sngan_projection)",
)
_add("cifar-sagan", residual.cifar_sagan, "Zhang 2019", "conditional", "the paper, at 32×32")
_add("biggan-small", big.biggan_small, "Brock 2019", "conditional", "the authors' code (ajbrock/BigGAN-PyTorch)")
_add("reacgan", big.reacgan, "Kang 2021", "conditional", "PyTorch-StudioGAN, CIFAR10/ReACGAN.yaml")
_add("ssgan", self_supervised.ssgan, "Chen 2019", "unconditional", "mimicry (kwotsin/mimicry)")
_add("infomax-gan", self_supervised.infomax_gan, "Lee 2021", "unconditional", "mimicry (kwotsin/mimicry)")
_add("mnist-bigan", inference.mnist_bigan, "Donahue 2017", "inference", "the authors' code (jeffdonahue/bigan)")
_add("pix2pix", paired.pix2pix, "Isola 2017", "translation", "the authors' code (phillipi/pix2pix)")
_add("pix2pix-colour", paired.pix2pix_colour, "Isola 2017", "translation", "the authors' networks, to colour")
_add("context-encoder", restoring.context_encoder, "Pathak 2016", "translation", "pathak22/context-encoder")
_add("srgan", restoring.srgan, "Ledig 2017", "translation", "the paper's networks, with a pixel loss")
_add("bicyclegan", many_outputs.bicyclegan, "Zhu 2017", "translation", "the authors' code (junyanz/BicycleGAN)")
_add("stargan", many_outputs.stargan, "Choi 2018", "translation", "the authors' code (yunjey/stargan)")
_add("wavegan", sounds.wavegan, "Donahue 2019", "unconditional", "the authors' code (chrisdonahue/wavegan)")
_add("timegan", series.timegan, "Yoon 2019", "series", "the authors' code (jsyoon0823/TimeGAN)")
_add("ctgan", tables.ctgan, "Xu 2019", "tables", "the paper's networks and sizes")
_add("aae", inference.aae, "Makhzani 2015", "inference", "PyTorch-GAN, aae.py")
