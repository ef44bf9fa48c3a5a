"""Charts as HTML with inline SVG, for the pages of the service and for reports."""
