-- What is done when every member of a chain failed (RULES.md, "Chains").
SELECT unnest(['fail', 'placeholder', 'skip', 'continue_without'])
