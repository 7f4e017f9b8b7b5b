"""One module a kind of page. Each has a view, and the tables that its page shows and offers for download."""
