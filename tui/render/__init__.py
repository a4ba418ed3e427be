"""Values → text: pure functions, no app needed."""
