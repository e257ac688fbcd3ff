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
    source: str  # where it is published
    spread: float | None = None  # as its authors give it


_FER, _FERPLUS, _RAVDESS, _BOTH = "FER-2013", "FER+ majority label", "RAVDESS speech", "Face and voice together"
_LUNA_2021 = "Luna-Jiménez et al. 2021, Sensors 21:7665"
_LUNA_2022 = "Luna-Jiménez et al. 2022, Appl. Sci. 12:327, doi 10.3390/app12010327"
_PHAM = "Pham, Vu & Tran, Facial Expression Recognition Using Residual Masking Network"
_NOTES = "literature, as collected in the project's design notes"
_OWN_NOTES = "the project's design notes"

ANCHORS = (
    Anchor(
        _FER,
        "VGG from scratch, ten-crop (that split is PublicTest)",
        "accuracy",
        73.28,
        PUBLISHED,
        "Khaireddin & Chen 2021, arXiv:2105.03588",
    ),
    Anchor(
        _FER,
        "ResNet18 from scratch, ten-crop, PrivateTest",
        "accuracy",
        73.70,
        PUBLISHED,
        "github.com/LetheSec/Fer2013-Facial-Emotion-Recognition-Pytorch",
    ),
    Anchor(_FER, "ResMaskingNet, ImageNet weights, 224 px, PrivateTest", "accuracy", 74.14, PUBLISHED, _PHAM),
    Anchor(_FER, "ResMaskingNet in an ensemble of 7, PrivateTest", "accuracy", 76.82, PUBLISHED, _PHAM),
    Anchor(_FER, "fer package (mini-Xception), PrivateTest", "accuracy", 65.45, MEASURED_HERE, _OWN_NOTES),
    Anchor(_FER, "fer package (mini-Xception), PrivateTest", "macro-F1", 63.6, MEASURED_HERE, _OWN_NOTES),
    Anchor(
        _FERPLUS, "VGG13", "accuracy", 83.3, PUBLISHED, _NOTES + "; the labels: Barsoum et al. 2016, arXiv:1608.01041"
    ),
    Anchor(_FERPLUS, "ResNet50, pretrained", "accuracy", 83.8, PUBLISHED, _NOTES),
    Anchor(
        _RAVDESS,
        "openSMILE ComParE + linear SVM, 8 classes, these five folds",
        "accuracy",
        57.1,
        MEASURED_HERE,
        _OWN_NOTES,
    ),
    Anchor(
        _RAVDESS, "openSMILE ComParE + linear SVM, 8 classes, these five folds", "UAR", 56.5, MEASURED_HERE, _OWN_NOTES
    ),
    Anchor(
        _RAVDESS,
        "first trial, CNN-BiLSTM of 338 k parameters, all corpora, 7 classes (calm = neutral), first fold only",
        "UAR",
        72.1,
        MEASURED_HERE,
        _OWN_NOTES,
    ),
    Anchor(_RAVDESS, "ResLSTM + attention, best from scratch, 8 classes", "UAR", 62.3, PUBLISHED, _NOTES, spread=1.2),
    Anchor(
        _RAVDESS, "CNN14 pretrained on AudioSet, 8 classes, these five folds", "accuracy", 76.6, PUBLISHED, _LUNA_2021
    ),
    Anchor(_RAVDESS, "wav2vec 2.0 fine-tuned, 8 classes, these five folds", "accuracy", 81.8, PUBLISHED, _LUNA_2022),
    Anchor(_RAVDESS, "people listening, voice only", "accuracy", 67.0, PUBLISHED, _NOTES),
    Anchor(_BOTH, "late fusion on RAVDESS, gain over the better single modality", "points", 4.9, PUBLISHED, _LUNA_2022),
)
