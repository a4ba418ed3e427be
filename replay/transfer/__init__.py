"""Moving records as they are: into recordings, files and topics, with word of what was left out."""
