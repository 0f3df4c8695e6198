-- What the PostgreSQL benchmarks read: 2,000 authors with 20 articles each. Made by arithmetic, the same every time.
create table authors (
  id    int primary key,
  name  text not null,
  city  text not null
);
create table articles (
  id         int primary key,
  author_id  int not null references authors,
  title      text not null,
  summary    text not null,
  words      int not null,
  published  boolean not null,
  created_at timestamptz not null
) with (fillfactor = 50);
create index articles_author_id_idx on articles (author_id);
insert into authors select n, 'Author number ' || n, 'City ' || (n % 97) from generate_series(1, 2000) as n;
insert into articles
select n, (n - 1) / 20 + 1, 'Title of article ' || n, 'A summary of about sixty characters for article ' || n, n % 3000,
       n % 4 <> 0, to_timestamp(1600000000 + n * 61)
from generate_series(1, 40000) as n;
-- What bad neighbours ask for.
create view slow as select 1 as id, pg_sleep(2)::text as slept;
create view failing as select id, 1 / (id - id) as share from authors;
vacuum analyze;
