// SPDX-License-Identifier: Apache-2.0
// What silent requests write (contract, section 4, Cost): nothing on rows 7 to 13 and 17 to 19 but the coarse last
// activity, one row the first time a client joins a session, and events. Seen in the database itself.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

import { Browser, claims, spa } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, webApp } from '../support/tenant.mjs';

const guest = { ...spa, name: 'Guest', client_id: 'guest', is_first_party: false, callbacks: ['http://guest.localhost:9/cb'] };
const lifetimes = { idle_session_lifetime_in_minutes: 10, session_lifetime_in_minutes: 60 };
const server = await serve({ tenant: defaultTenant({ clients: [spa, webApp, guest], tenant: lifetimes }) });
const multiFactor = 'http://schemas.openid.net/pape/policies/2007/06/multi-factor';

const dump = `
import sqlite3, sys, json
db = sqlite3.connect(sys.argv[1])
tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")]
print(json.dumps({name: sorted(map(repr, db.execute('SELECT * FROM "%s"' % name))) for name in tables if name not in ('event', 'trace')}))
`;
const settle = () => new Promise((done) => { setTimeout(done, 1500); });

/** Every row of every table but the log's. */
async function rows() {
  await settle();
  return JSON.parse(execFileSync('python3', ['-c', dump, join(server.data, 'default.db')], { encoding: 'utf8', maxBuffer: 64 << 20 }));
}

function changes(before, after) {
  return Object.keys(after).filter((table) => JSON.stringify(before[table]) !== JSON.stringify(after[table]));
}

test('silent requests write nothing', async (t) => {
  const ana = new Browser(server);
  await ana.signIn('ana');
  const two = new Browser(server, { client: webApp });
  await two.signIn('ana');
  await two.signIn('ben', { prompt: 'login' });
  const left = new Browser(server);
  await left.signIn('ben');
  const { value, name } = left.sessionCookie;
  const { id_token: foreign } = (await left.silently({ response_type: 'id_token' })).params;
  await left.send('/v2/logout');
  const as = (browser, client) => new Browser(server, { client, jar: browser.jar });
  const cookie = { jar: undefined, headers: { Cookie: `${name}=${value}` } };
  const asked = {
    'row 7': ['no_session', () => new Browser(server).authorize({ prompt: 'none' })],
    'row 8': ['cookies_blocked', () => new Browser(server).silently({}, { headers: { 'Sec-Fetch-Storage-Access': 'none' } })],
    'row 9': ['session_revoked', () => left.authorize({ prompt: 'none' }, cookie)],
    'row 11': ['subject_mismatch', () => ana.silently({ id_token_hint: foreign })],
    'row 12': ['account_ambiguous', () => as(two, spa).silently()],
    'row 13': ['max_age', () => ana.silently({ max_age: '0' })],
    'row 17': ['mfa_required', () => ana.silently({ acr_values: multiFactor })],
    'row 18': ['consent_missing', () => as(ana, guest).authorize({ prompt: 'none' })],
    'row 19, code': ['ok', () => ana.silently()],
    'row 19, tokens': ['ok', () => ana.authorize({ prompt: 'none', response_type: 'id_token token' })],
  };
  const before = await rows();
  assert.ok(before.session.length >= 4 && 'interaction' in before, Object.keys(before).join(' '));
  for (const [row, [reason, ask]] of Object.entries(asked)) {
    await t.test(row, async () => {
      for (let i = 0; i < 5; i++) {
        const answer = await ask();
        if (reason === 'ok') assert.ok(answer.params.code ?? answer.params.id_token, answer.text);
        else answer.because(reason);
      }
    });
  }
  await t.test('and the tables are as they were', async () => {
    assert.deepEqual(changes(before, await rows()), []);
  });
  await t.test('a client that joins a session is one row, once', async () => {
    const office = as(ana, webApp);
    for (let i = 0; i < 3; i++) assert.ok((await office.authorize({ prompt: 'none' })).params.code);
    const after = await rows();
    const [table, ...others] = changes(before, after);
    assert.deepEqual(others, []);
    assert.equal(after[table].length, before[table].length + 1, table);
  });
});

test('the last activity is written once for a twentieth of the idle time', async () => {
  const ana = new Browser(server);
  await ana.signIn('ana');
  const { sid } = claims((await ana.silently({ response_type: 'id_token' })).params.id_token);
  const seen = async () => JSON.parse((await server.command('session', 'show', sid, '--json')).stdout).last_active_at;
  const first = await seen();
  await server.restart({ env: { TACIT_CLOCK_OFFSET: '25' } });
  await ana.silently();
  await settle();
  assert.equal(await seen(), first, 'within 30 of 600 seconds');
  await server.restart({ env: { TACIT_CLOCK_OFFSET: '40' } });
  await ana.silently({ max_age: '10' });
  await settle();
  assert.notEqual(await seen(), first, 'it slides from row 13 on');
});

test('session_unknown: a genuine cookie, and a store that was put back to before', async (t) => {
  const own = await serve({ test: t });
  const ana = new Browser(own);
  await ana.signIn('ana');
  const copy = join(own.dir, 'before.db');
  assert.equal((await own.command('backup', copy)).code, 0);
  const ben = new Browser(own);
  await ben.signIn('ben');
  await own.halt();
  execFileSync('sh', ['-c', `rm -f "$1"/default.db*`, 'sh', own.data]);
  const restored = await own.command('restore', copy);
  assert.equal(restored.code, 0, restored.stderr);
  await own.restart();
  assert.ok((await ana.silently()).params.code, 'who was signed in then is signed in again');
  for (const mode of ['web_message', 'query', 'fragment', 'form_post']) {
    const answer = await ben.authorize({ prompt: 'none', response_mode: mode });
    assert.equal(answer.params.error, 'login_required');
    answer.because('session_unknown');
  }
});
