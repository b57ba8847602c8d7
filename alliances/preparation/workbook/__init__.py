"""The workbook of profiles: its columns, how a cell is read, how a file is opened. No database."""
