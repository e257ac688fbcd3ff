"""Where things are: models and pages, in a checkout or installed; recordings; the data sets.

In a checkout the models are in `models/` and recordings go to `recordings/`. Installed with pip, the models and the
pages are inside the package, and recordings go to the folder that the system has for a user's data.
"""

from __future__ import annotations

import os
from pathlib import Path

DISTRIBUTION = "multimodal-emotion-recognition"  # the name for pip
PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent if (PACKAGE.parent / "app.py").is_file() else None  # None: installed
MODELS = (CHECKOUT or PACKAGE) / "models"
APP = (CHECKOUT or PACKAGE / "app") / "app.py"  # what `emotion app` opens
RESTORE_MODELS = (
    "restore it with `git checkout -- models`"
    if CHECKOUT
    else "install the package again with `pip install --force-reinstall`"
)


def recordings_folder() -> Path:
    """Where sessions, films and the clips of My voice are kept.

    $EMOTION_HOME, else `recordings/` in a checkout, else the folder that the system has for a user's data.
    """
    if os.environ.get("EMOTION_HOME"):
        return Path(os.environ["EMOTION_HOME"])
    if CHECKOUT:
        return CHECKOUT / "recordings"
    from platformdirs import user_data_path

    return user_data_path("emotion", appauthor=False)


def data_root(path: str | os.PathLike | None = None) -> Path:
    """Folder of the data sets: `path` (option --data), else $EMOTION_DATA, else `data/` where the command is run."""
    return Path(path or os.environ.get("EMOTION_DATA") or "data")
