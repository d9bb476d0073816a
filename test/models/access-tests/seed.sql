CREATE SCHEMA clinic;
CREATE TABLE clinic.patients (id integer, name varchar, insured boolean);
INSERT INTO clinic.patients VALUES (1, 'Ada', TRUE), (2, 'Bo', FALSE), (3, 'Cy', NULL);
CREATE TABLE clinic.visits (id integer, patient integer, doctor varchar, ward varchar, fee numeric(10,2), diagnosis varchar);
INSERT INTO clinic.visits VALUES
  (1, 1, 'house', 'east', 100.00, 'lupus'),
  (2, 1, 'house', 'west', 250.50, 'sarcoidosis'),
  (3, 2, 'cuddy', 'east', 80.00, 'flu'),
  (4, 3, 'cuddy', 'north', 20.00, NULL),
  (5, 2, 'wilson', 'west', 900.00, 'lymphoma');
CREATE TABLE clinic.beds (id integer, hospital integer, ward varchar);
INSERT INTO clinic.beds VALUES (1, 7, 'east'), (2, 7, 'west'), (3, 8, 'east');
