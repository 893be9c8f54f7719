#!/usr/bin/env bash
# DuckDB 1.5.6: a sandboxed database that has spilled once resolves a path for the blocks of memory that it gives back.
#
# A night computes under a memory limit, may write to one folder, and may reach nothing else (allowed_directories, then
# enable_external_access = false). Once some join or sort has spilled, one would expect the next query to cost what it did
# before, if it fits into memory. What happens: whenever a temporary block is freed, the engine asks whether the temporary
# directory has a file of that block, and before it may ask, it resolves the path, a system call for each of its components:
# a query that needed none of it before the spill does so from then on, five million system calls in a night that reads
# 8,600 small Parquet files back. So read many small files in a database of its own that has not spilled.
#
# Counts calls of realpath() with a preloaded function. Needs Linux, gcc, node and npm. Prints what it finds and fails if
# that changes.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >count.c <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>
/* Each call is a byte more in a file. */
char *realpath(const char *path, char *resolved) {
  static char *(*real)(const char *, char *);
  if (!real) real = (char *(*)(const char *, char *))dlsym(RTLD_NEXT, "realpath");
  int fd = open(REALPATH_CALLS, O_WRONLY | O_APPEND | O_CREAT, 0644);
  if (fd >= 0) {
    if (write(fd, ".", 1) != 1) _exit(9);
    close(fd);
  }
  return real(path, resolved);
}
C
gcc -shared -fPIC -DREALPATH_CALLS="\"$dir/calls\"" -o count.so count.c -ldl
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @duckdb/node-api@1.5.6-r.1
mkdir allowed
cat >spill.mjs <<'JS'
import { statSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
const run = (sql) => connection.run(sql);
const dir = process.cwd();
await run(`SET temp_directory = '${dir}/allowed'`);
await run(`SET memory_limit = '60MB'`);
await run(`SET allowed_directories = ['${dir}/allowed/']`);
await run('SET enable_external_access = false');
const calls = () => statSync('calls', { throwIfNoEntry: false })?.size ?? 0;
const counted = async (sql) => {
  const before = calls();
  await run(sql);
  return calls() - before;
};
const question = 'SELECT count(*) FROM (SELECT i % 1000 AS k, sum(i) FROM range(200000) t(i) GROUP BY k ORDER BY k)';
await run(question);
const before = await counted(question);
await run(`CREATE TABLE big AS SELECT repeat('x', 200) || i AS s FROM range(1000000) t(i)`); // spills
await run('DROP TABLE big');
const after = await counted(question);
console.log(`paths resolved by a small query: ${before} before anything has spilled, ${after} after`);
process.exit(before === 0 && after > 0 ? 0 : 1);
JS
LD_PRELOAD="$dir/count.so" node spill.mjs
