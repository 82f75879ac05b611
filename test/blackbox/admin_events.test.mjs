// SPDX-License-Identifier: Apache-2.0
// What administrators did by command is in the tenant's log: one event for each change, with the
// change, and none where nothing changed (docs/operate.md).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { postLogin, tenantWith } from '../support/actions.mjs';
import { Browser, spa } from '../support/browser.mjs';
import { run, serve } from '../support/server.mjs';
import { defaultTenant } from '../support/tenant.mjs';
import { totp } from '../support/totp.mjs';

async function done(server, ...args) {
  const { code, stdout, stderr } = await server.command(...args);
  assert.equal(code, 0, stderr);
  return stdout;
}

const json = async (server, ...args) => JSON.parse(await done(server, ...args, '--json'));
const log = (server, ...args) => json(server, 'log', '--max', '1000', ...args);
const refused = async (server, ...args) => assert.equal((await server.command(...args)).code, 1, args.join(' '));

/** The `sapi` events that came while `act` ran, oldest first, without what is of the moment. */
async function told(server, act) {
  const [newest] = await log(server);
  const began = Date.now();
  await act();
  const events = (await log(server, '--type', 'sapi')).filter(({ event_id: id }) => id > (newest?.event_id ?? 0)).reverse();
  return events.map(({ event_id: id, date, ...event }) => {
    assert.ok(Number.isInteger(id));
    assert.ok(Math.abs(new Date(date) - began) < 60_000, `${date} is now`);
    return event;
  });
}

const event = (description, details, members = {}) => ({ type: 'sapi', description, ...members, details, weight: 1 });

const sql = (file, text) => execFileSync('python3', ['-c', 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])', file, text]);

async function tells(server, args, ...events) {
  assert.deepEqual(await told(server, () => done(server, ...args)), events, args.join(' '));
}

test('a server says what its tenant file changed at the start, and the next start nothing', async () => {
  const server = await serve();
  const [first, ...more] = await log(server, '--type', 'sapi');
  assert.deepEqual(more, []);
  assert.equal(first.description, 'Apply a tenant file');
  assert.deepEqual(first.details, { command: 'serve', kind: 'tenant',
    changes: { tenant: { created: 1 }, clients: { created: 2 }, resourceServers: { created: 1 }, users: { created: 2 } } });
  await server.restart();
  assert.equal((await log(server, '--type', 'sapi')).length, 1);
});

test('apply is one event that counts', async () => {
  const server = await serve();
  const [shop, office] = server.tenant.clients;
  const changed = { ...server.tenant, clients: [{ ...shop, name: 'Shop two' }, { ...shop, client_id: 'a', name: 'A' }, { ...shop, client_id: 'b', name: 'B' }],
    users: [...server.tenant.users, { email: 'cal@example.com', password: 'correct horse cal' }] };
  server.writeTenant(changed);
  await tells(server, ['apply', server.tenantFile, '--prune', '--dry-run']);
  await tells(server, ['apply', server.tenantFile, '--prune'], event('Apply a tenant file', { command: 'apply', kind: 'tenant',
    changes: { clients: { created: 2, updated: 1, deleted: 1 }, users: { created: 1 } } }));
  await tells(server, ['apply', server.tenantFile, '--prune']);
  server.writeTenant({ ...changed, clients: [office, { ...shop, callbacks: ['javascript:alert(1)'] }] });
  assert.deepEqual(await told(server, () => refused(server, 'apply', server.tenantFile)), []);
});

test('users', async (t) => {
  const server = await serve();
  const member = (id) => ({ user_id: id });
  const about = (command, id) => ({ command: `user ${command}`, kind: 'user', id });

  await t.test('made', async () => {
    await tells(server, ['user', 'create', 'user_id=auth0|cal', 'email=cal@example.com', 'password=correct horse cal'],
      event('Create a user', about('create', 'auth0|cal'), member('auth0|cal')));
    assert.deepEqual(await told(server, () => refused(server, 'user', 'create', 'email=cal@example.com')), []);
  });
  const change = (description, ...fields) => tells(server, ['user', 'update', 'cal@example.com', ...fields], event(description, about('update', 'auth0|cal'), member('auth0|cal')));
  await t.test('changed', () => change('Update a user', 'given_name=Cal'));
  await t.test('blocked', () => change('Block a user', 'blocked=true'));
  await t.test('and let in again', () => change('Unblock a user', 'blocked=false'));
  await t.test('given a factor', () => change('Update a user', 'authentication_methods=[{type: totp, totp_secret: JBSWY3DPEHPK3PXP}]'));
  await t.test('given a password, which is an event about the user too', async () => {
    await change('Update a user', 'password=another horse cal');
    const [set] = await log(server, '--type', 'scp');
    assert.equal(set.user_id, 'auth0|cal');
  });
  await t.test('given what they have: nothing', () => tells(server, ['user', 'update', 'cal@example.com', 'given_name=Cal', 'blocked=false', 'password=another horse cal']));
  await t.test('deleted, and still found by the id', async () => {
    await tells(server, ['user', 'delete', 'cal@example.com'], event('Delete a user', about('delete', 'auth0|cal'), member('auth0|cal')));
    assert.deepEqual((await log(server, '--user', 'auth0|cal', '--type', 'sapi')).map(({ description }) => description).reverse(),
      ['Create a user', 'Update a user', 'Block a user', 'Unblock a user', 'Update a user', 'Update a user', 'Delete a user']);
    assert.deepEqual(await told(server, () => refused(server, 'user', 'delete', 'auth0|cal')), []);
    await refused(server, 'log', '--user', 'auth0|nobody');
  });
});

test('remembered browsers', async () => {
  const secret = 'JBSWY3DPEHPK3PXPJBSWY3DP';
  const cleo = { email: 'cleo@example.com', email_verified: true, password: 'correct horse cleo', authentication_methods: [{ type: 'totp', totp_secret: secret }] };
  const server = await serve({ tenant: defaultTenant({ users: [cleo], guardianPolicies: { policies: ['all-applications'] } }) });
  const [{ user_id: id }] = await json(server, 'user', 'list');
  await tells(server, ['user', 'forget-browsers', cleo.email]);
  const browser = new Browser(server);
  const page = await browser.signIn(cleo);
  await browser.press(page, { code: totp(secret), 'remember-browser': '1' }, { action: 'verify' });
  assert.equal((await json(server, 'user', 'browsers', cleo.email)).length, 1);
  await tells(server, ['user', 'forget-browsers', cleo.email],
    event('Forget the browsers of a user', { command: 'user forget-browsers', kind: 'user', id }, { user_id: id }));
  await tells(server, ['user', 'forget-browsers', cleo.email]);
});

test('sessions and grants', async (t) => {
  const stranger = { ...spa, client_id: 'stranger', name: 'Stranger', is_first_party: false };
  const server = await serve({ tenant: defaultTenant({ clients: [spa, stranger] }) });
  const user = async (email) => (await json(server, 'user', 'show', email)).user_id;

  await t.test('a session that is revoked, under either name of the command', async () => {
    for (const command of ['revoke', 'delete']) {
      await new Browser(server).signIn('ana');
      const [{ sid }] = (await json(server, 'session', 'list', '--user', 'ana@example.com')).filter(({ ended_at: end }) => !end);
      await tells(server, ['session', command, sid],
        event('Revoke a session', { command: `session ${command}`, kind: 'session', id: sid }, { user_id: await user('ana@example.com'), sid }));
      assert.deepEqual(await told(server, () => refused(server, 'session', command, sid)), []);
    }
  });
  await t.test('a grant that is taken back', async () => {
    const browser = new Browser(server, { client: stranger });
    const page = await browser.signIn('ben');
    await browser.press(page, {}, { action: 'accept' });
    const [{ grant_id: id }] = await json(server, 'grant', 'list', '--user', 'ben@example.com');
    await tells(server, ['grant', 'delete', id],
      event('Delete a grant', { command: 'grant delete', kind: 'grant', id }, { client_id: 'stranger', user_id: await user('ben@example.com') }));
    assert.deepEqual(await told(server, () => refused(server, 'grant', 'delete', id)), []);
  });
});

test('clients', async (t) => {
  const server = await serve();
  const about = (command) => ({ command: `client ${command}`, kind: 'client', id: 'back' });
  const is = (description, command) => event(description, about(command), { client_id: 'back' });
  let secret;

  await t.test('made', async () => {
    await tells(server, ['client', 'create', 'client_id=back', 'grant_types=[client_credentials]'], is('Create a client', 'create'));
    assert.deepEqual(await told(server, () => refused(server, 'client', 'create', 'client_id=back')), []);
  });
  await t.test('changed', async () => {
    await tells(server, ['client', 'update', 'back', 'name=Back'], is('Update a client', 'update'));
    await tells(server, ['client', 'update', 'back', 'name=Back']);
    assert.deepEqual(await told(server, () => refused(server, 'client', 'update', 'back', 'callbacks=[x]')), []);
  });
  await t.test('given another secret, which is not told', async () => {
    const events = await told(server, async () => { ({ client_secret: secret } = await json(server, 'client', 'secret', 'back')); });
    assert.deepEqual(events, [is("Rotate a client's secret", 'secret')]);
    assert.ok(secret.length > 40);
    assert.ok(!(await done(server, 'log', '--json')).includes(secret));
  });
  await t.test('deleted', async () => {
    await tells(server, ['client', 'delete', 'back'], is('Delete a client', 'delete'));
    assert.deepEqual(await told(server, () => refused(server, 'client', 'delete', 'back')), []);
    assert.equal((await log(server, '--client', 'back')).length, 4);
  });
});

test('keys', async (t) => {
  const server = await serve();
  const keys = async (state) => Object.fromEntries((await json(server, 'key', 'list')).filter((key) => key.state === state).map(({ alg, kid }) => [alg, kid]));
  const about = (command, id) => ({ command: `key ${command}`, kind: 'key', id });

  await t.test('those of one algorithm: the one that signs now', async () => {
    const next = await keys('next');
    const { RS256: before } = await keys('current');
    await tells(server, ['key', 'rotate', '--alg', 'RS256'], event('Rotate the signing keys', about('rotate', next.RS256)));
    await tells(server, ['key', 'revoke', before], event('Revoke a signing key', about('revoke', before)));
    await tells(server, ['key', 'revoke', before]);
    assert.deepEqual(await told(server, () => refused(server, 'key', 'revoke', next.RS256)), []);
    assert.deepEqual(await told(server, () => refused(server, 'key', 'revoke', 'nothing')), []);
    assert.deepEqual(await told(server, () => refused(server, 'key', 'rotate', '--alg', 'PS256')), []);
  });
  await t.test('all of them', async () => {
    const next = Object.values(await keys('next')).sort();
    const [{ details, ...rest }, ...more] = await told(server, () => done(server, 'key', 'rotate'));
    assert.deepEqual(more, []);
    assert.deepEqual(rest, { type: 'sapi', description: 'Rotate the signing keys', weight: 1 });
    assert.deepEqual({ ...details, id: details.id.split(' ').sort() }, about('rotate', next));
  });
  await t.test('the one that clients encrypt to', async () => {
    const { 'ECDH-ES': before } = await keys('current');
    const events = await told(server, () => done(server, 'key', 'rotate', '--alg', 'ECDH-ES'));
    const { 'ECDH-ES': now } = await keys('current');
    assert.notEqual(now, before);
    assert.deepEqual(events, [event('Rotate the encryption key', about('rotate', now))]);
    await tells(server, ['key', 'revoke', before], event('Revoke an encryption key', about('revoke', before)));
    assert.deepEqual(await told(server, () => refused(server, 'key', 'revoke', now)), []);
  });
});

test('actions', async () => {
  const says = (word) => postLogin(`console.log(${JSON.stringify(word)});`);
  const server = await serve({ tenant: tenantWith({ talk: says('one') }) });
  const about = (command, version) => ({ command: `action ${command}`, kind: 'action', id: 'talk', ...(version && { version }) });
  await server.apply(tenantWith({ talk: { code: says('two'), deployed: false } }));
  await tells(server, ['action', 'deploy', 'talk'], event('Deploy an action', about('deploy', 2)));
  await tells(server, ['action', 'deploy', 'talk']);
  await tells(server, ['action', 'rollback', 'talk', '1'], event('Roll back an action', about('rollback', 1)));
  await tells(server, ['action', 'rollback', 'talk', '1']);
  assert.deepEqual(await told(server, () => refused(server, 'action', 'rollback', 'talk', '9')), []);
  assert.deepEqual(await told(server, () => refused(server, 'action', 'delete', 'talk')), []);
  await server.apply({ ...tenantWith({ talk: says('two') }), triggers: { 'post-login': [] } });
  await tells(server, ['action', 'delete', 'talk'], event('Delete an action', about('delete')));
});

test('the database: copied, brought back, brought up to date', async (t) => {
  const server = await serve();
  const dir = mkdtempSync(join(server.dir, 'copies-'));
  const copy = join(dir, 'copy.db');
  const about = (description, command) => event(description, { command, kind: 'database' });
  const at = (data) => ({ command: (...args) => run([...args, '--data', data]) });

  await t.test('a copy', async () => {
    await tells(server, ['backup', copy], about('Back up the database', 'backup'));
    assert.deepEqual(await told(server, () => refused(server, 'backup', copy)), []);
  });
  await t.test('one that comes back says so itself', async () => {
    const back = at(join(dir, 'back'));
    await done(back, 'restore', copy);
    cpSync(join(server.data, 'master.key'), join(dir, 'back', 'master.key'));
    const [{ event_id: id, date, ...newest }, ...before] = await log(back, '--type', 'sapi');
    assert.deepEqual(newest, about('Restore the database', 'restore'));
    assert.deepEqual(before.map(({ description }) => description), ['Apply a tenant file'], 'a copy is of the moment before the event');
    await refused(back, 'restore', copy);
    assert.equal((await log(back, '--type', 'sapi')).length, 2);
  });
  await t.test('one of an older version, by whatever opens it first', async () => {
    await server.halt();
    sql(join(server.data, 'default.db'), 'DROP TABLE tenant_secret; DELETE FROM schema_step WHERE number = 10');
    await done(server, 'migrate');
    await done(server, 'migrate');
    const [newest, second] = (await log(server, '--type', 'sapi')).map(({ event_id: id, date, ...rest }) => rest);
    assert.deepEqual([newest, second], [about('Migrate the database', 'migrate'), about('Back up the database', 'backup')]);
  });
  await t.test('one of a newer version is not brought back', async () => {
    sql(copy, "INSERT INTO schema_step (number, name) VALUES (9999, 'future')");
    const { code, stderr } = await run(['restore', copy, '--data', join(dir, 'newer')]);
    assert.equal(code, 1);
    assert.match(stderr, /was made by a newer version of tacit/);
    assert.ok(!existsSync(join(dir, 'newer', 'default.db')));
  });
});
