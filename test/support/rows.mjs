// SPDX-License-Identifier: Apache-2.0
// What the store holds, seen from outside: how many rows each table has, or what a query finds.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const open = `
import json, sqlite3, sys
db = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True, timeout=20)
`;
const count = `${open}
tables = [name for name, in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
print(json.dumps({name: db.execute('SELECT count(*) FROM "' + name + '"').fetchone()[0] for name in tables}))
`;

const select = `${open}
db.row_factory = sqlite3.Row
print(json.dumps([dict(row) for row in db.execute(sys.argv[2])]))
`;

// What is written of every request, right or wrong, and of time.
const records = ['event', 'trace'];

function python(server, program, ...args) {
  const [file] = readdirSync(server.data, { recursive: true }).filter((name) => /\.(db|sqlite3?)$/.test(name));
  return JSON.parse(execFileSync('python3', ['-c', program, join(server.data, file), ...args], { encoding: 'utf8', timeout: 30_000 }));
}

/** What a SELECT finds in the server's database, a list of objects. */
export function query(server, sql) {
  return python(server, select, sql);
}

/** {table: rows} of the server's database, without the record of what was asked. */
export function rows(server) {
  const all = python(server, count);
  return Object.fromEntries(Object.entries(all).filter(([name]) => !records.includes(name)));
}
