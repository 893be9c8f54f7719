#!/usr/bin/env bash
# DuckDB 1.5.6: duckdb_functions() does not say which SELECTs depend on the clock.
#
# Who wants the same rows from the same inputs every night looks for functions that are not CONSISTENT. A good guess is
# that duckdb_functions() names everything that reads the clock, and calls none of it CONSISTENT. What happens: the
# words current_time, current_timestamp, localtime and localtimestamp work in any SELECT and are no row there, though
# current_date is one; and age(t) of one argument, which counts from today, is CONSISTENT, as are current_setting() and
# getvariable(), which depend on the session. So a reviewed list of names and bare words is needed beside the catalog.
#
# Needs node and npm. Prints what it finds and fails if that changes.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @duckdb/node-api@1.5.6-r.1
cat >clock.mjs <<'JS'
import { DuckDBInstance } from '@duckdb/node-api';
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const ask = async (sql) => (await connection.runAndReadAll(sql)).getRowsJson()[0][0];
let changed = false;
const tell = (what, found, wanted) => {
  console.log(`${what}: ${found}`);
  changed ||= found !== wanted;
};
const listed = { current_date: true, current_time: false, current_timestamp: false, localtime: false, localtimestamp: false };
for (const [word, wanted] of Object.entries(listed)) {
  const works = await ask(`SELECT ${word} IS NOT NULL`);
  const rows = await ask(`SELECT count(*) > 0 FROM duckdb_functions() WHERE function_name = '${word}'`);
  tell(`${word} works: ${works}, is listed`, rows, wanted);
}
for (const name of ['age', 'current_setting', 'getvariable']) {
  tell(`${name} is called`, await ask(`SELECT string_agg(DISTINCT stability, ', ') FROM duckdb_functions() WHERE function_name = '${name}'`), 'CONSISTENT');
}
const moves = await ask(`SELECT age(TIMESTAMP '2024-01-01') = current_date::TIMESTAMP - TIMESTAMP '2024-01-01'
  OR age(TIMESTAMP '2024-01-01') = age(current_date::TIMESTAMP, TIMESTAMP '2024-01-01')`);
tell('age of one instant counts from today', moves, true);
process.exit(changed ? 1 : 0);
JS
node clock.mjs
