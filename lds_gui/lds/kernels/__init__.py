"""The compiled recursions. Import them late, and never in a thread that has to answer: compiling takes seconds."""
