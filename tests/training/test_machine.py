"""Where an experiment is computed: the words that name it are checked before anything is loaded."""

from pathlib import Path

import pytest

from gan_core.errors import BackendError, DataError
from gan_core.training.machine import Machine


def test_a_machine_is_made_of_a_users_words(tmp_path):
    machine = Machine.of("torch", "gpu:1", str(tmp_path))

    assert machine == Machine(backend="torch", device="gpu:1", data_dir=Path(tmp_path))


def test_without_a_folder_data_are_looked_for_where_they_always_are():
    assert Machine.of("torch", "cpu", None) == Machine(backend="torch")


def test_a_device_in_other_words_is_refused():
    with pytest.raises(BackendError, match="expected cpu, gpu or gpu:N"):
        Machine.of("torch", "cuda", None)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        Machine.of("torch", "cpu", tmp_path / "nowhere")
