-- What the source itself called the state of a deployment, as runs have it.
ALTER TABLE deployment ADD COLUMN status_raw {text};
