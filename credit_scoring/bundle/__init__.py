"""The folder of a trained model, such as models/latest: pickle, manifest, reading and writing."""
