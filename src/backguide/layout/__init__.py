"""From a document to pages. The only owner of reportlab; knows no profile."""
