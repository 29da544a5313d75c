"""The shop pipeline: change data capture, page views, batch loader and refreshes."""
