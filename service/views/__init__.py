"""Task views: named looks at the picture, cut to what a function needs."""
