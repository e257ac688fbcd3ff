"""Reading the arrays of a CTranslate2 model file."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.runner import ModelError
from emotion.training.ctranslate2_file import read_arrays
from tests.support_training import as_ctranslate2

ARRAYS = {
    "encoder/conv1/weight": np.arange(24, dtype=np.float16).reshape(2, 4, 3),
    "encoder/num_heads": np.array(6, np.int16),
    "decoder/bias": np.linspace(-1, 1, 5, dtype=np.float32),
    "decoder/small": np.array([[-3], [4]], np.int8),
}


def test_arrays_come_out_as_they_went_in():
    kind, found = read_arrays(as_ctranslate2(ARRAYS))
    assert kind == "WhisperSpec" and list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype and found[name].shape == array.shape
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
def test_a_file_that_ends_early_is_refused(share):
    whole = as_ctranslate2(ARRAYS)
    with pytest.raises(ModelError, match="download the package again"):
        read_arrays(whole[: int(len(whole) * share)])


def test_another_version_is_refused_with_its_number():
    with pytest.raises(ModelError, match="version 5"):
        read_arrays((5).to_bytes(4, "little") + as_ctranslate2(ARRAYS)[4:])
