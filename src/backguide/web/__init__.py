"""The form in the browser: a small server for one computer, and its pages."""
