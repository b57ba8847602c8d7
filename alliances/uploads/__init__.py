"""Tables that somebody sent and looks at before anything of them is done."""
