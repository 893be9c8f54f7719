-- What is done when every member of a chain failed (01-semantics, "Resolving a chain").
SELECT unnest(['fail', 'placeholder', 'skip', 'continue_without'])
