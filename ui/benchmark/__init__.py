"""The live path under load: streams from a light client through real WebRTC on this machine."""
