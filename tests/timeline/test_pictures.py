"""Picture files of every kind: what they are, which way up, how bright, how much of them is there."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image

from emotion.face import ImageError
from emotion.timeline.analysis import analyze
from emotion.timeline.cut_pictures import lengthened, share_there
from emotion.timeline.neutral import neutral_person
from emotion.timeline.picture_depth import eight_bits
from emotion.timeline.pictures import NOT_WHOLE, WHOLLY_TRANSPARENT, content_of, read_image, read_picture
from emotion.timeline.rows import AnalysisError
from tests.support import write_video

# what a viewer does with EXIF orientation 1…8, undone
UNDONE: dict[int, Image.Transpose | None] = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.fixture(scope="module", autouse=True)
def heic():
    pillow_heif.register_heif_opener()


@pytest.fixture(scope="module")
def portrait(astronaut) -> Image.Image:
    """Higher than wide, so that a quarter turn shows."""
    return Image.fromarray(astronaut).crop((100, 0, 400, 380))


@pytest.fixture(scope="module")
def grey(astronaut) -> np.ndarray:
    return cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY)


def packed(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def differs(picture: np.ndarray, other) -> float:
    """Mean difference of two pictures in levels of 255."""
    other = np.asarray(other)
    assert picture.shape == other.shape
    return float(np.abs(picture.astype(int) - other).mean())


@pytest.mark.parametrize("turned", UNDONE)
@pytest.mark.parametrize(
    "kind, suffix",
    [("JPEG", "jfif"), ("JPEG", "heic"), ("PNG", "jpg"), ("WEBP", "webp"), ("TIFF", "tif"), ("HEIF", "jpg")]
    + [("HEIF", "heic"), ("AVIF", "avif")],
)
def test_every_orientation_in_every_container(tmp_path, portrait, kind, suffix, turned):
    stored = portrait if UNDONE[turned] is None else portrait.transpose(UNDONE[turned])
    exif = Image.Exif()
    exif[274] = turned
    options = {"tiffinfo": {274: turned}} if kind == "TIFF" else {"exif": exif}
    (tmp_path / f"photo.{suffix}").write_bytes(packed(stored, kind, **options))
    assert content_of(tmp_path / f"photo.{suffix}") == "still"
    assert differs(read_image(tmp_path / f"photo.{suffix}"), portrait) < 8


def test_a_heic_that_its_container_turns_is_not_turned_again(portrait):
    """Phones write the turn twice, into the container and into EXIF."""
    exif = Image.Exif()
    exif[274] = 6
    plain = packed(portrait, "HEIF", exif=exif)
    assert b"irot" not in plain, "this version of pillow-heif writes the turn itself: the test needs another file"
    marked = plain + b"\0\0\0\x09irot\0"  # a turn by nothing
    assert differs(read_image(io.BytesIO(marked)), portrait) < 8, "EXIF does not count beside the container's word"


def test_damaged_exif_does_not_make_a_picture_unreadable(portrait):
    assert (
        differs(read_image(io.BytesIO(packed(portrait, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"))), portrait) < 8
    )


def test_deep_grey_is_scaled_by_what_it_holds(grey):
    for factor in (1, 4, 16, 64, 257):
        deep = Image.fromarray(grey.astype(np.uint16) * factor)
        for kind in ("PNG", "TIFF"):
            assert differs(read_image(io.BytesIO(packed(deep, kind)))[..., 0], grey) < 3
    for deep in (grey.astype(np.int32), grey.astype(np.int32) * 257, (grey / 255).astype(np.float32)):
        assert differs(read_image(io.BytesIO(packed(Image.fromarray(deep), "TIFF")))[..., 0], grey) < 3
    fill = float(np.float32(0.02))
    faint = read_image(io.BytesIO(packed(Image.fromarray((grey / 255 * fill).astype(np.float32)), "TIFF")))
    assert differs(faint[..., 0], grey) < 3


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("factor", [4, 16, 257])
def test_deep_colours_are_scaled_by_what_they_hold(astronaut, suffix, factor):
    data = cv2.imencode(suffix, astronaut[..., ::-1].astype(np.uint16) * factor)[1].tobytes()
    assert differs(read_image(io.BytesIO(data)), astronaut) < 3


def test_colours_in_floats(astronaut):
    data = cv2.imencode(".tif", (astronaut[..., ::-1] / 255).astype(np.float32))[1].tobytes()
    assert differs(read_image(io.BytesIO(data)), astronaut) < 3


def test_depth_does_not_darken_and_darkness_stays():
    ramp = np.arange(1000, dtype=np.float64).reshape(20, 50)
    assert eight_bits((ramp * 4095 / 999).astype(np.uint16)).max() == 255
    assert eight_bits((ramp * 7 + 1).astype(np.int32)).max() == 255, "14 bits of which few are used"
    assert eight_bits((ramp * 30 / 999).astype(np.uint16)).max() == 30, "what holds 0…255 stays as it is"
    assert eight_bits((ramp * 30 / 999).astype(np.uint8)).max() == 30
    assert eight_bits(np.where(ramp > 500, np.nan, 0.4).astype(np.float32)).max() == 255
    assert eight_bits(np.zeros((4, 4), np.float32)).max() == 0
    assert eight_bits(-ramp)[0, 0] > 240 and eight_bits(-ramp)[-1, -1] < 5, "below 0: from the lowest value"


def test_a_dark_photo_of_8_bits_is_too_dark(tmp_path, astronaut):
    Image.fromarray((astronaut * 0.1).astype(np.uint8)).save(tmp_path / "night.png")
    assert analyze(tmp_path / "night.png", face_model="fast").timeline.face_reason[0] == "too dark"


@pytest.mark.parametrize(
    "mode, kind",
    [("P", "PNG"), ("P", "GIF"), ("CMYK", "JPEG"), ("CMYK", "TIFF"), ("LA", "PNG"), ("1", "TIFF"), ("L", "BMP")],
)
def test_every_mode_of_colour_shows_the_face(tmp_path, astronaut, mode, kind):
    (tmp_path / "photo").write_bytes(packed(Image.fromarray(astronaut).convert(mode), kind))
    assert analyze(tmp_path / "photo", face_model="fast").timeline.faces[0] == 1


def test_transparency(tmp_path, astronaut):
    clear = Image.fromarray(np.dstack([astronaut, np.zeros((512, 512), np.uint8)]))
    palette = Image.fromarray(astronaut).quantize(32)
    for data in (
        packed(clear, "PNG"),
        packed(clear, "WEBP", lossless=True, exact=True),
        packed(clear, "TIFF"),
        packed(clear.convert("LA"), "PNG"),
        packed(palette, "PNG", transparency=bytes(32)),
    ):
        assert read_picture(io.BytesIO(data)).problem == WHOLLY_TRANSPARENT
    with pytest.raises(ImageError, match="wholly transparent"):
        read_image(io.BytesIO(packed(clear, "PNG")))
    half = np.full((512, 512), 255, np.uint8)
    half[:, :256] = 0
    picture = read_picture(io.BytesIO(packed(Image.fromarray(np.dstack([astronaut, half])), "PNG")))
    assert not picture.problem and np.ptp(picture.image[:, :256]) == 0, "one grey, whatever the hidden colours"
    assert 60 < picture.image[0, 0, 0] < 200
    np.testing.assert_array_equal(picture.image[:, 256:], astronaut[:, 256:])


@pytest.mark.parametrize(
    "kind, options",
    [("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("WEBP", {}), ("AVIF", {}), ("HEIF", {}), ("TIFF", {})]
    + [("GIF", {"interlace": 0})],
)
def test_a_cut_picture_is_judged_where_most_of_it_is_there(tmp_path, astronaut, kind, options):
    data = packed(Image.fromarray(astronaut), kind, **options)
    for share in (0.97, 0.8):
        (tmp_path / "cut").write_bytes(data[: int(share * len(data))])
        found = analyze(tmp_path / "cut", face_model="fast")
        assert found.summary["notes"] == [NOT_WHOLE] and found.timeline.faces[0] == 1
    (tmp_path / "whole").write_bytes(data)
    assert analyze(tmp_path / "whole", face_model="fast").summary["notes"] == []
    if "progressive" not in options:  # which shows all of the picture early, only not sharply
        (tmp_path / "cut").write_bytes(data[: int(0.25 * len(data))])
        with pytest.raises(AnalysisError, match="not whole"):
            analyze(tmp_path / "cut", face_model="fast")


def test_how_much_of_a_picture_is_there(portrait):
    picture = np.asarray(portrait).copy()
    assert share_there(picture) == 1.0
    picture[285:] = 7
    assert share_there(picture) == pytest.approx(0.75)
    assert share_there(picture[::-1]) == pytest.approx(0.75), "BMP begins below"
    assert share_there(np.zeros((4, 4))) == 0.0
    data = packed(portrait, "WEBP")
    assert lengthened(data) == (data, 1.0)
    longer, share = lengthened(data[: len(data) // 2])
    assert len(longer) == len(data) and share == pytest.approx(0.5, abs=0.01)


def test_pages(tmp_path, astronaut):
    first = Image.fromarray(astronaut)
    first.save(tmp_path / "scan.tif", save_all=True, append_images=[Image.new("RGB", (50, 50))] * 2)
    found = analyze(tmp_path / "scan.tif", face_model="fast")
    assert found.kind == "image" and found.timeline.faces[0] == 1
    assert found.summary["notes"] == ["the first of 3 pages"]
    first.save(tmp_path / "views.jpg", "MPO", save_all=True, append_images=[first])
    assert content_of(tmp_path / "views.jpg") == "still", "two views of one scene, as cameras write them"


def test_an_animation_with_a_damaged_second_picture_shows_its_first(tmp_path, astronaut):
    first = Image.fromarray(astronaut)
    (tmp_path / "a.gif").write_bytes(packed(first, "GIF")[:-1] + b"!\xf9")  # an extension without anything in it
    found = analyze(tmp_path / "a.gif", face_model="fast")
    assert found.kind == "image" and found.timeline.faces[0] == 1


@pytest.mark.parametrize("mode, kind", [("L", "JPEG"), ("1", "TIFF")])
def test_a_picture_of_200_megapixels_hears_of_its_size(mode, kind):
    large = packed(Image.new(mode, (20_000, 10_000)), kind)
    with pytest.raises(ImageError, match="photo has 200 megapixels; shrink it below 60") as error:
        read_picture(io.BytesIO(large), name="photo")
    assert "attack" not in str(error.value)


def test_content_decides_not_the_name(tmp_path, astronaut):
    still, film = Image.fromarray(astronaut), tmp_path / "film.mp4"
    write_video(film, [astronaut[::2, ::2]] * 5)
    assert content_of(film) == "film"
    film.rename(tmp_path / "film.jpg")
    assert content_of(tmp_path / "film.jpg") == "film"
    assert analyze(tmp_path / "film.jpg", face_model="fast").kind == "video"
    for kind, name in [("PNG", "a.mp4"), ("HEIF", "b.jpg"), ("JPEG", "c.heic"), ("AVIF", "d"), ("GIF", "e.gif")]:
        (tmp_path / name).write_bytes(packed(still, kind))
        assert content_of(tmp_path / name) == "still"
    (tmp_path / "text.heic").write_bytes(b"hello " * 100)
    with pytest.raises(AnalysisError, match="text.heic holds neither picture nor sound"):
        analyze(tmp_path / "text.heic", face_model="fast")
    (tmp_path / "neutral.bin").write_bytes(packed(still, "HEIF"))
    assert neutral_person(tmp_path / "neutral.bin", _Even()).face is not None


class _Even:
    """A face model with one answer."""

    def predict(self, crops):
        return np.full((len(crops), 7), 1 / 7, np.float32)
