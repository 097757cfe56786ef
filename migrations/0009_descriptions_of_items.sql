-- What an item is about, in its own words.
ALTER TABLE item ADD COLUMN description {text};
