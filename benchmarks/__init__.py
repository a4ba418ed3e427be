"""What kstory takes, measured against other ways on the same machine in the same run."""
