"""Training of the models. Only here are TensorFlow, Keras and PyTorch imported."""
