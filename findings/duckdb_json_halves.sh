#!/usr/bin/env bash
# DuckDB 1.5.6, JSON extension: a half in JSON becomes another whole number with quotes than without.
#
# A feed writes a count as 4.5 one day and as "4.5" the next, as feeds do. A good guess is that from_json with
# INTEGER gives the same for both, or NULL, since neither is whole. What happens: the JSON number is rounded half to
# even (4.5 is 4, 5.5 is 6), the same number in quotes half away from zero (4.5 is 5), and TRY_CAST of the extracted
# JSON value follows the first rule for numbers and gives NULL for text, while TRY_CAST of the extracted text follows
# the second. true is 1, and "true" NULL. So two copies of one box score disagree, and no error is raised.
#
# Needs node and npm. Prints what it finds and fails if that changes.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @duckdb/node-api@1.5.6-r.1
cat >halves.mjs <<'JS'
import { DuckDBInstance } from '@duckdb/node-api';
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const wanted = {
  '4.5': [4, 4, 5], '"4.5"': [5, null, 5],
  '5.5': [6, 6, 6], '"5.5"': [6, null, 6],
  '-2.5': [-2, -2, -3], '"-2.5"': [-3, null, -3],
  'true': [1, 1, null], '"true"': [null, null, null],
};
let changed = false;
console.log('in JSON'.padEnd(10), 'from_json', 'TRY_CAST(json)', 'TRY_CAST(text)');
for (const [value, want] of Object.entries(wanted)) {
  const doc = `{"a": ${value}}`;
  const reader = await connection.runAndReadAll(`SELECT
    from_json('${doc}', '{"a": "INTEGER"}').a,
    TRY_CAST(json_extract('${doc}', '$.a') AS INTEGER),
    TRY_CAST(json_extract_string('${doc}', '$.a') AS INTEGER)`);
  const got = reader.getRowsJson()[0];
  changed ||= JSON.stringify(got) !== JSON.stringify(want);
  console.log(value.padEnd(10), String(got[0]).padEnd(9), String(got[1]).padEnd(14), String(got[2]));
}
process.exit(changed ? 1 : 0);
JS
node halves.mjs
