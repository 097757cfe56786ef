-- What was told last of a record that has since been edited by hand, so that being told it again takes no edit away.
CREATE TABLE edited (
    key {id},
    record {text} NOT NULL UNIQUE,
    told {text} NOT NULL
) {strict};
