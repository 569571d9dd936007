"""Networks nobody thought of: value, gradients and statistics agree with the reference."""

from hypothesis import HealthCheck, given, settings

from gan_core.contract.backend import Backend
from gan_core.specs.networks import Network
from gan_core.testing.subjects import Subject
from network_strategies import networks
from tolerances import assert_close

EVERYTHING_BUT_THE_CLOCK = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


@settings(
    report_multiple_bugs=False,
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=EVERYTHING_BUT_THE_CLOCK,
)
@given(network=networks())
def test_a_random_network_agrees_with_the_reference(backend64: Backend, network: Network) -> None:
    subject = Subject(network, count=4)
    found, wanted = subject.measure(backend64), subject.expected()
    assert_close(found.value, wanted.value, "network", "value")
    for key, gradient in wanted.gradients.items():
        assert_close(found.gradients[key], gradient, "network", key)
    for key, statistic in wanted.statistics.items():
        assert_close(found.statistics[key], statistic, "network", key)
