"""A strict grammar of LightGBM's model text; refuses what LightGBM's own parser would crash on."""
