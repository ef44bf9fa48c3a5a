"""The parts of CustomThresholdLGBM. They import nothing else of this project."""
