"""How long the pages of the application take, measured on portfolios of the demonstration."""
