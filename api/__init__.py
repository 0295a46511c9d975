"""The doors: HTTP, command line, web page, widget. No thinking here."""
