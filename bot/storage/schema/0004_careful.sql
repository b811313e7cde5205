-- People who want to be asked before every order, whatever the operator's rule says.
CREATE TABLE careful (
    platform TEXT NOT NULL,
    tenant   TEXT NOT NULL,
    person   TEXT NOT NULL,
    PRIMARY KEY (platform, tenant, person)
) STRICT, WITHOUT ROWID;
