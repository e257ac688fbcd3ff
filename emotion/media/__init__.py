"""Reading sound and film files: which tracks, in which order and at what time, and how a picture is to be shown."""
