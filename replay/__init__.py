"""What records mean: events, streams, stories, reducers and the state they give."""
