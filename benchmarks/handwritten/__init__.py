"""The MLP GAN of `mnist-mlp` written by hand in each framework: as well as one can, and as tutorials do."""
