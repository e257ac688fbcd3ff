"""What others reached, to compare our figures with."""

from __future__ import annotations

from dataclasses import dataclass

PUBLISHED, MEASURED_HERE = "published", "measured by us on this data"


@dataclass(frozen=True)
class Anchor:
    """A figure to compare with."""

    task: str  # data set, or what is compared
    system: str  # whose method, and the protocol where it matters
    metric: str  # accuracy, UAR, macro-F1, points
    percent: float
    origin: str  # PUBLISHED or MEASURED_HERE
    source: str  # whose it is
    link: str  # where it is published: DOI or arXiv where there is one
    spread: float | None = None  # as its authors give it


_LUNA_2022 = "https://doi.org/10.3390/app12010327"
_RESIDUAL_MASKING = "https://doi.org/10.1109/ICPR48806.2021.9411919"
_FER_PACKAGE, _OPENSMILE = "https://pypi.org/project/fer/", "https://doi.org/10.1145/2502081.2502224"
_FER, _RAVDESS, _BOTH = "FER-2013", "RAVDESS speech", "Face and voice together"

ANCHORS = (
    Anchor(
        _FER,
        "VGG from scratch, ten-crop, PublicTest",
        "accuracy",
        73.28,
        PUBLISHED,
        "Khaireddin & Chen 2021",
        "https://arxiv.org/abs/2105.03588",
    ),
    Anchor(
        _FER,
        "ResNet18 from scratch, ten-crop",
        "accuracy",
        73.70,
        PUBLISHED,
        "its repository",
        "https://github.com/LetheSec/Fer2013-Facial-Emotion-Recognition-Pytorch",
    ),
    Anchor(
        _FER,
        "ResMaskingNet, ImageNet weights, 224 px",
        "accuracy",
        74.14,
        PUBLISHED,
        "Pham, Vu & Tran 2020",
        _RESIDUAL_MASKING,
    ),
    Anchor(_FER, "seven networks together", "accuracy", 76.82, PUBLISHED, "Pham, Vu & Tran 2020", _RESIDUAL_MASKING),
    Anchor(_FER, "package fer (mini-Xception)", "accuracy", 65.45, MEASURED_HERE, "package fer", _FER_PACKAGE),
    Anchor(_FER, "package fer (mini-Xception)", "macro-F1", 63.6, MEASURED_HERE, "package fer", _FER_PACKAGE),
    Anchor(_RAVDESS, "openSMILE ComParE, linear SVM", "accuracy", 57.1, MEASURED_HERE, "Eyben et al. 2013", _OPENSMILE),
    Anchor(_RAVDESS, "openSMILE ComParE, linear SVM", "UAR", 56.5, MEASURED_HERE, "Eyben et al. 2013", _OPENSMILE),
    Anchor(
        _RAVDESS,
        "ResLSTM with attention, from scratch",
        "UAR",
        62.3,
        PUBLISHED,
        "Krasnoproshin & Vashkevich 2026",
        "https://arxiv.org/abs/2606.03359",
        spread=1.2,
    ),
    Anchor(
        _RAVDESS,
        "CNN14 pretrained on AudioSet",
        "accuracy",
        76.6,
        PUBLISHED,
        "Luna-Jiménez et al. 2021",
        "https://doi.org/10.3390/s21227665",
    ),
    Anchor(_RAVDESS, "wav2vec 2.0, fine-tuned", "accuracy", 81.8, PUBLISHED, "Luna-Jiménez et al. 2022", _LUNA_2022),
    Anchor(
        _RAVDESS,
        "people listening",
        "accuracy",
        67.0,
        PUBLISHED,
        "Livingstone & Russo 2018",
        "https://doi.org/10.1371/journal.pone.0196391",
    ),
    Anchor(
        _BOTH,
        "late fusion on RAVDESS, gain over the better single modality",
        "points",
        4.9,
        PUBLISHED,
        "Luna-Jiménez et al. 2022",
        _LUNA_2022,
    ),
)
