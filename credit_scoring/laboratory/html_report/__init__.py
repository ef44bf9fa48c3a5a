"""Self-contained HTML reports: one style, light and dark, with SVG charts and no script."""
