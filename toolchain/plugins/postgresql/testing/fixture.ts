/** What the cases find on the server. Each statement stands alone; the database is named before it. */

/** The database that the cases work in. */
export const DATABASE = "lht_shop";

/** Roles, the database and what is in it. */
export const FIXTURE: readonly (readonly [database: string | undefined, sql: string])[] = [
  [undefined, "CREATE ROLE lht_owner; CREATE ROLE lht_other; CREATE ROLE lht_reader; CREATE ROLE lht_group"],
  [undefined, `CREATE DATABASE ${DATABASE} OWNER lht_owner`],
  [
    DATABASE,
    `CREATE SCHEMA s; CREATE SCHEMA t; CREATE SCHEMA empty;
     CREATE TABLE s.users (id int PRIMARY KEY, email text, country text);
     CREATE TABLE s.items (id int PRIMARY KEY, name text);
     CREATE TABLE "s"."We.ird ""table" (id int PRIMARY KEY);
     CREATE TABLE t.one (id int PRIMARY KEY);
     CREATE TABLE public.plain (id int PRIMARY KEY);
     CREATE TABLE s.parted (id int) PARTITION BY RANGE (id);
     CREATE TABLE s.parted_1 PARTITION OF s.parted FOR VALUES FROM (0) TO (10);
     CREATE SEQUENCE s.counter;
     CREATE FUNCTION s.total() RETURNS int LANGUAGE sql AS 'SELECT 1';
     CREATE FUNCTION s.total(a int) RETURNS int LANGUAGE sql AS 'SELECT a';
     CREATE PROCEDURE s.work() LANGUAGE sql AS 'SELECT 1';
     CREATE EXTENSION postgres_fdw;
     CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw`,
  ],
];
