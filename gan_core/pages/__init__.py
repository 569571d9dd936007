"""What pages of one HTML file share: templates, charts, colours, words in several languages."""
