"""One module for each room of the application, which writes its rows from the planned profiles."""
