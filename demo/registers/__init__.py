"""What rooms share: each register gives out its rows by id and keeps them until it is written."""
