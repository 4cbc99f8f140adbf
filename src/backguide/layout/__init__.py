"""From a document to pages. The only owner of reportlab; knows no profile."""

import backguide.layout.environment  # noqa: F401  before any import of reportlab
