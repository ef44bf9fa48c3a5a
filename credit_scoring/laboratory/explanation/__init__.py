"""The explanation study: SHAP plots over many applicants, and reports on single ones."""
