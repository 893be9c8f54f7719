#!/usr/bin/env bash
# DuckDB 1.5.6: of several Parquet files the planner looks into the first alone to guess how many rows there are.
#
# Landed scrapes lie in segments, one file a pull, each with the bodies of its objects. Every Parquet footer says how many
# rows its file has, so a good guess is that a scan of two files is estimated at the sum of both, or near it. What happens:
# the rows of the first file, or 1,000 if it has fewer, times the number of files. A first segment of one row makes a scan
# of 100,001 rows an estimate of 2,000, so that a join with a table of 5,000 keeps the files in memory, bodies and all, and
# streams the table past them. The same files in the other order are estimated at 200,000, and the join is the right way
# round. So list the largest segment first.
#
# Needs node and npm. Prints what it finds and fails if that changes.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @duckdb/node-api@1.5.6-r.1
cat >estimate.mjs <<'JS'
import { DuckDBInstance } from '@duckdb/node-api';
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const rows = async (sql) => (await connection.runAndReadAll(sql)).getRowsJson();
await connection.run(`COPY (SELECT i AS id, repeat('x', 100) AS body FROM range(1) t(i)) TO 'small.parquet'`);
await connection.run(`COPY (SELECT i AS id, repeat('x', 100) AS body FROM range(100000) t(i)) TO 'large.parquet'`);
await connection.run('CREATE TABLE wanted AS SELECT i AS id FROM range(5000) t(i)');
let changed = false;
const tell = (what, found, wanted) => {
  console.log(`${what}: ${found}`);
  changed ||= found !== wanted;
};
for (const [order, estimate, build] of [[['small', 'large'], 2000, 'the files'], [['large', 'small'], 200000, 'the table']]) {
  const scan = `read_parquet([${order.map((f) => `'${f}.parquet'`).join(', ')}])`;
  const [[, plan]] = await rows(`EXPLAIN (FORMAT json) SELECT sum(length(body)) FROM ${scan} JOIN wanted USING (id)`);
  const [top] = JSON.parse(plan);
  const of = (node) => [node, ...(node.children ?? []).flatMap(of)];
  const join = of(top).find((n) => n.name.includes('HASH_JOIN'));
  const files = of(top).find((n) => n.name.includes('PARQUET'));
  tell(`${order.join(' before ')}: rows that the planner expects of 100,001`, Number(files.extra_info['Estimated Cardinality']), estimate);
  tell('  the side that the join keeps in memory', of(join.children[1]).includes(files) ? 'the files' : 'the table', build);
}
process.exit(changed ? 1 : 0);
JS
node estimate.mjs
