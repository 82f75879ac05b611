// SPDX-License-Identifier: Apache-2.0
// What the store holds, seen from outside: how many rows each table has.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const count = `
import json, sqlite3, sys
db = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True, timeout=20)
tables = [name for name, in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
print(json.dumps({name: db.execute('SELECT count(*) FROM "' + name + '"').fetchone()[0] for name in tables}))
`;

// What is written of every request, right or wrong, and of time.
const records = ['event', 'trace'];

/** {table: rows} of the server's database, without the record of what was asked. */
export function rows(server) {
  const [file] = readdirSync(server.data, { recursive: true }).filter((name) => /\.(db|sqlite3?)$/.test(name));
  const all = JSON.parse(execFileSync('python3', ['-c', count, join(server.data, file)], { encoding: 'utf8', timeout: 30_000 }));
  return Object.fromEntries(Object.entries(all).filter(([name]) => !records.includes(name)));
}
