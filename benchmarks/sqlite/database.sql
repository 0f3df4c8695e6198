-- What the SQLite benchmarks read: 2,000 authors with 20 articles each. Made by arithmetic, the same every time.
PRAGMA journal_mode = WAL;
CREATE TABLE authors (
  id    INTEGER PRIMARY KEY,
  name  TEXT NOT NULL,
  city  TEXT NOT NULL
);
CREATE TABLE articles (
  id         INTEGER PRIMARY KEY,
  author_id  INT NOT NULL REFERENCES authors (id),
  title      TEXT NOT NULL,
  summary    TEXT NOT NULL,
  words      INT NOT NULL,
  published  BOOLEAN NOT NULL,
  created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX articles_author_id_idx ON articles (author_id);
WITH RECURSIVE counter (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < 2000)
INSERT INTO authors SELECT n, 'Author number ' || n, 'City ' || (n % 97) FROM counter;
WITH RECURSIVE counter (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < 40000)
INSERT INTO articles
SELECT n, (n - 1) / 20 + 1, 'Title of article ' || n, 'A summary of about sixty characters for article ' || n, n % 3000,
       n % 4 <> 0, strftime('%Y-%m-%dT%H:%M:%SZ', 1600000000 + n * 61, 'unixepoch')
FROM counter;
ANALYZE;
