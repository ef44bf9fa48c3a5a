"""What the page about the model shows, part by part."""
