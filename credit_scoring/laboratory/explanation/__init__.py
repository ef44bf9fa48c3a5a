"""The command `explain`: SHAP plots of a model and the report on one applicant."""
