"""Several processes that train together, by TensorFlow's collectives: how one joins, and what they exchange."""

import tensorflow as tf
from tensorflow import Tensor

from gan_core.contract.launched import Launched
from gan_core.errors import BackendError, one_line
from gan_core.printing import nothing_said_below_python

from .kernels import STRATEGIES


def join(launched: Launched, device: str) -> None:
    """Meet the other processes that the launcher started. Raises `BackendError` where they cannot be reached."""
    if STRATEGIES:
        return
    kinds = tf.distribute.experimental.CommunicationImplementation
    options = tf.distribute.experimental.CommunicationOptions(
        implementation=kinds.AUTO if device == "cpu" else kinds.NCCL
    )
    try:
        with nothing_said_below_python():  # TensorFlow tells there of its cluster
            STRATEGIES.append(tf.distribute.MultiWorkerMirroredStrategy(communication_options=options))
    except (RuntimeError, ValueError, tf.errors.OpError) as error:
        raise BackendError(
            f"worker {launched.rank} of {launched.count} cannot join the others ({one_line(error)}); start it with "
            "TF_CONFIG, or with workers=N"
        ) from None


def engine(device: str) -> str:
    """What carries the exchanges, for descriptions."""
    return f"tf.distribute collectives, {'grpc' if device == 'cpu' else 'nccl'}"


def summed(x: Tensor) -> Tensor:
    """The sum over the workers, whose adjoint TensorFlow knows; within a function of the strategy or outside of it."""
    return _sum_in_context(x) if tf.distribute.has_strategy() else _sum_outside(x)


def _sum_in_context(x: Tensor) -> Tensor:
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, tf.identity(x))


@tf.function(autograph=False)
def _sum_outside(x: Tensor) -> Tensor:
    return STRATEGIES[0].run(_sum_in_context, args=(x,))
