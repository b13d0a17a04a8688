"""One file a command: it parses its arguments, calls the library, chooses a report and an exit status."""
