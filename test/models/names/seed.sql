CREATE TABLE things ("Id" integer PRIMARY KEY, "Mixed" text, "plain" text, "user" text, "two words" integer, "ÄÖ" text);
INSERT INTO things VALUES (1, 'M', 'm', 'u', 2, 'ä'), (2, 'N', 'n', 'v', 3, 'ö');
