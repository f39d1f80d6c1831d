"""The command line: reads what the user wrote, calls the pipeline, prints what came out."""
