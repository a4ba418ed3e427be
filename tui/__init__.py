"""What a person sees and types: the app, its screens, and the commands."""
