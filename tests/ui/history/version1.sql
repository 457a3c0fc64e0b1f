-- A conversation as the first version of the database kept it.
CREATE TABLE conversation (id INTEGER PRIMARY KEY, title TEXT NOT NULL, named INTEGER NOT NULL DEFAULT 0, chosen INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL, changed INTEGER NOT NULL, opened INTEGER NOT NULL DEFAULT 0, pinned INTEGER NOT NULL DEFAULT 0, trashed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE message (id INTEGER PRIMARY KEY, conversation INTEGER NOT NULL REFERENCES conversation ON DELETE CASCADE, parent INTEGER NOT NULL, chosen INTEGER NOT NULL DEFAULT 0, speaker INTEGER NOT NULL, state INTEGER NOT NULL, writer INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL, text TEXT NOT NULL, error INTEGER NOT NULL DEFAULT 0, error_text TEXT NOT NULL DEFAULT '', first_text_seconds REAL NOT NULL DEFAULT 0, tokens_per_second REAL NOT NULL DEFAULT 0, tokens INTEGER NOT NULL DEFAULT 0, cut_short INTEGER NOT NULL DEFAULT 0);
CREATE INDEX message_of_conversation ON message (conversation);
CREATE INDEX message_unfinished ON message (writer) WHERE writer <> 0;
CREATE TABLE piece (message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE, place INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (message, place)) WITHOUT ROWID;
CREATE TABLE attachment (message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE, place INTEGER NOT NULL, kind INTEGER NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL DEFAULT '', width INTEGER NOT NULL DEFAULT 0, height INTEGER NOT NULL DEFAULT 0, seconds REAL NOT NULL DEFAULT 0, transcript TEXT NOT NULL DEFAULT '', caption TEXT NOT NULL DEFAULT '', PRIMARY KEY (message, place)) WITHOUT ROWID;
INSERT INTO conversation (id, title, chosen, created, changed) VALUES (7, 'A heron', 11, 1000, 2000);
INSERT INTO message (id, conversation, parent, chosen, speaker, state, created, text) VALUES (11, 7, 0, 12, 1, 1, 1000, 'Which bird is this?');
INSERT INTO message (id, conversation, parent, speaker, state, created, text, tokens) VALUES (12, 7, 11, 2, 1, 1500, 'A grey heron, 苍鹭.', 6);
INSERT INTO attachment (message, place, kind, name, width, height, caption) VALUES (11, 0, 1, 'lake.jpg', 640, 480, 'reeds at dawn');
PRAGMA user_version = 1;
