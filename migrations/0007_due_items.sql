-- The day by which an item is wanted.
ALTER TABLE item ADD COLUMN due {text};
