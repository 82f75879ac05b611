// SPDX-License-Identifier: Apache-2.0
// The users of an Auth0 tenant as a tenant file.
//   node users.mjs USERS.ndjson [PASSWORDS.ndjson] > users.json
//
// USERS: what a job "users-exports" gives, one JSON object a line, with at least user_id and
// email. PASSWORDS: the export of password hashes that Auth0's support gives on request, one
// object a line: {_id: {$oid}, email, passwordHash: "$2b$10$..."}. Who has none, or comes from
// a social or enterprise connection, is taken without a password and sets one by e-mail.
//
// A line that is no JSON, or names nobody, ends it with the number of the line, and nothing is written.
import { readFileSync } from 'node:fs';

const known = ['user_id', 'email', 'email_verified', 'username', 'phone_number', 'phone_verified', 'name', 'given_name', 'family_name',
  'nickname', 'picture', 'locale', 'blocked', 'app_metadata', 'user_metadata'];

function lines(path) {
  return readFileSync(path, 'utf8').split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return [JSON.parse(line)];
    } catch (error) {
      throw new Error(`${path}, line ${index + 1}: ${error.message}`);
    }
  });
}

function told(why) {
  console.error(why);
  process.exit(1);
}

/** Auth0's own database has "auth0|" before the identifier of its password hash. */
const hashesOf = (path) => new Map(lines(path).map((row) => [`auth0|${row._id?.$oid}`, row.passwordHash]));

function user(row, hashes) {
  if (typeof row.user_id !== 'string') throw new Error(`a user without user_id: ${row.email ?? JSON.stringify(row).slice(0, 60)}`);
  const kept = Object.fromEntries(known.filter((name) => row[name] !== undefined && row[name] !== null).map((name) => [name, row[name]]));
  const hash = hashes.get(row.user_id);
  return hash ? { ...kept, password_hash: hash } : kept;
}

const [users, passwords] = process.argv.slice(2);
if (users === undefined) told('usage: node users.mjs USERS.ndjson [PASSWORDS.ndjson] > users.json');
try {
  const hashes = passwords === undefined ? new Map() : hashesOf(passwords);
  const all = lines(users).map((row) => user(row, hashes));
  const without = all.filter((one) => one.password_hash === undefined).length;
  process.stdout.write(`${JSON.stringify({ users: all }, null, 1)}\n`);
  console.error(`${all.length} users, ${without} of them without a password`);
} catch (error) {
  told(error.message);
}
