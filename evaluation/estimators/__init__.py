"""Pure statistics: a data frame and a frozen specification in, a frozen result out. No Django."""
