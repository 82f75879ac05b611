// SPDX-License-Identifier: Apache-2.0
// The program from the command line (contract, sections 2 and 8): starting, refusing, and the
// commands that work on a store beside a running server.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { Browser, claims, refusal, spa } from '../support/browser.mjs';
import { program, run, serve } from '../support/server.mjs';
import { defaultTenant, users } from '../support/tenant.mjs';

const second = 1000;
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

const dir = mkdtempSync(join(tmpdir(), 'tacit-cli-'));
after(() => rmSync(dir, { recursive: true, force: true }));
let files = 0;
const fresh = (name = 'data') => join(dir, `${++files}-${name}`);
function written(text, name = 'tenant.yaml') {
  const file = fresh(name);
  writeFileSync(file, text);
  return file;
}

/** Until it holds, at most a second (contract, section 8) and a little for this machine. */
async function soon(holds, what) {
  const end = Date.now() + 3 * second;
  for (;;) {
    if (await holds()) return;
    if (Date.now() > end) assert.fail(`not within a second: ${what}`);
    await pause(50);
  }
}

async function done(promise) {
  const { code, stdout, stderr } = await promise;
  assert.equal(code, 0, stderr);
  return stdout;
}

async function refused(promise, ...words) {
  const { code, stdout, stderr } = await promise;
  assert.equal(code, 1, stderr);
  const lines = stderr.trimEnd().split('\n').filter((line) => !line.startsWith('{'));
  assert.equal(lines.length, 1, `one line: ${stderr}`);
  for (const word of words) assert.ok(lines[0].includes(word), `${word} is not in: ${lines[0]}`);
  assert.equal(stdout, '');
}

async function misused(promise, ...words) {
  const { code, stderr } = await promise;
  assert.equal(code, 2, stderr);
  for (const word of words) assert.ok(stderr.includes(word), `${word} is not in: ${stderr}`);
}

const json = async (promise) => JSON.parse(await done(promise));

test('a server on a fresh folder', async (t) => {
  const server = await serve();

  await t.test('says that it is ready, with the real port, and nothing else', () => {
    assert.match(server.stdout, /^tacit ready http:\/\/localhost:\d+\/ in \d+ ms\n$/);
    assert.notEqual(server.port, 0);
  });
  await t.test('keeps its folder to itself', () => {
    assert.equal(statSync(server.data).mode & 0o777, 0o700);
    for (const name of ['master.key', 'default.db']) assert.equal(statSync(join(server.data, name)).mode & 0o777, 0o600, name);
    assert.match(readFileSync(join(server.data, 'master.key'), 'utf8'), /^[0-9a-f]{64}\n$/);
  });
  await t.test('its password, secret and key are in no file', () => {
    for (const name of ['default.db', 'default.db-wal']) {
      const bytes = readFileSync(join(server.data, name), 'latin1');
      for (const secret of ['correct horse', 'office-secret', '"d":"']) assert.ok(!bytes.includes(secret), `${secret} is in ${name}`);
    }
  });
  await t.test('comes back with sessions and keys after a restart', async () => {
    const browser = new Browser(server);
    await browser.signIn('ana');
    const before = await (await fetch(server.url('.well-known/jwks.json'))).text();
    await server.restart();
    assert.equal(await (await fetch(server.url('.well-known/jwks.json'))).text(), before);
    (await browser.silently()).postsMessage(spa.web_origins[0], { code: /./, state: 'xyz' });
  });
});

test('what cannot be served is refused with one line that names it', async (t) => {
  const start = (...args) => run(['serve', '--data', fresh(), '--listen', '127.0.0.1:0', ...args]);
  const rows = [
    [['--issuer', 'http://auth.example/'], '--issuer', 'https', 'localhost'],
    [['--issuer', 'https://auth.example/path/'], '--issuer'],
    [['--issuer', 'auth.example'], '--issuer'],
    [['--threads', '0'], '--threads'],
    [['--threads', 'many'], '--threads'],
    [['--tls-cert', 'x.pem'], '--tls-cert', '--tls-key'],
    [['--store', 'postgres://x'], '--store'],
    [['--tenant-file', '/is/not/there'], '/is/not/there'],
    [['--tenant-file', written('clients:\n  - client_id: a\n    callback: x\n')], 'line 3', 'clients[0] (a)', 'callbacks'],
    [['--access-log', 'some'], '--access-log'],
    [['--admin-listen', 'everywhere'], '--admin-listen'],
  ];
  for (const [args, ...words] of rows) await t.test(args.join(' '), () => refused(start(...args), ...words));

  const open = (env, ...args) => run(['serve', '--data', fresh(), '--listen', '0.0.0.0:0', ...args], env);
  await t.test('a moved clock on an open listener', () => refused(open({ TACIT_CLOCK_OFFSET: '5' }), 'TACIT_CLOCK_OFFSET', 'loopback'));
  await t.test('no limits on an open listener', () => refused(open({}, '--no-limits'), '--no-limits', 'loopback'));
  await t.test('a clock that is no number', () => refused(run(['serve', '--data', fresh(), '--listen', '127.0.0.1:0'], { TACIT_CLOCK_OFFSET: 'soon' }), 'TACIT_CLOCK_OFFSET'));
  await t.test('a master key that others can read', async () => {
    const data = fresh();
    await done(run(['apply', written('clients: []'), '--data', data]));
    const { chmodSync } = await import('node:fs');
    chmodSync(join(data, 'master.key'), 0o644);
    await refused(run(['client', 'list', '--data', data]), 'chmod 600');
  });
  await t.test('a master key of another tenant', async () => {
    const data = fresh();
    const server = await serve({ data, test: t });
    await server.halt();
    await refused(run(['serve', '--data', data, '--listen', '127.0.0.1:0'], { TACIT_MASTER_KEY: '00'.repeat(32) }), 'tenant');
  });
});

test('wrong usage is 2, and says how', async () => {
  await misused(run([]));
  await misused(run(['nonsense']), 'no such command');
  await misused(run(['client']), 'no such command');
  await misused(run(['client', 'show']), 'usage: tacit client show ID');
  await misused(run(['client', 'list', '--colour']), '--colour');
  await misused(run(['client', 'list', '--data']), '--data', 'DIR');
  await misused(run(['client', 'list', '--data', 'a', '--data', 'b']), 'twice');
  await misused(run(['doctor', '--client', 'x']), '--origin');
  assert.match(await done(run(['--help'])), /serve[\s\S]*doctor/);
  assert.match(await done(run(['serve', '--help'])), /--issuer URL/);
  assert.match(await done(run(['version'])), /^tacit \d+\.\d+\.\d+\n$/);
  await refused(run(['client', 'list', '--data', '/is/not/there']), '/is/not/there', '--data');
});

test('docs/settings.md is what the program prints', async () => {
  const text = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');
  assert.equal(text, await done(run(['version', '--settings'])), 'print it anew: tacit version --settings > docs/settings.md');
});

test('options come from the command line, the environment, a file, in this order', async (t) => {
  const [line, environment, file] = ['line', 'environment', 'file'].map((name) => fresh(name));
  const config = written(`data: ${file}\nlisten: [127.0.0.1:0]\nissuer: http://localhost:0/\nno-limits: true\n`, 'config.yaml');
  const where = async (args, env) => (await done(run(['apply', written('clients: []'), ...args], env)), true);
  assert.ok(await where(['--config', config]));
  assert.ok(statSync(file).isDirectory());
  assert.ok(await where(['--config', config], { TACIT_DATA: environment }));
  assert.ok(statSync(environment).isDirectory());
  assert.ok(await where(['--config', config, '--data', line], { TACIT_DATA: environment }));
  assert.ok(statSync(line).isDirectory());
  await misused(run(['client', 'list', '--config', written('data: x\ncolour: red\n', 'bad.yaml')]), 'line 2', 'colour');
  const server = await serve({ args: ['--config', config], test: t });
  assert.equal((await fetch(server.url('healthz'))).status, 200);
});

test('apply', async (t) => {
  const server = await serve();
  const apply = (text, ...args) => server.command('apply', written(text), ...args);

  await t.test('the second time changes nothing, and says so', async () => {
    assert.match(await done(server.command('apply', server.tenantFile)), /^0 created, 0 updated, 0 deleted, \d+ unchanged$/m);
  });
  await t.test('the running server acts on it', async () => {
    const guest = { ...spa, client_id: 'guest', name: 'Guest' };
    const asks = () => new Browser(server, { client: guest }).authorize({ prompt: 'none' });
    assert.equal((await asks()).status, 400);
    const printed = await done(apply(JSON.stringify({ clients: [guest] })));
    assert.match(printed, /^created +clients guest$/m);
    await soon(async () => (await asks()).status === 302, 'the client is known');
  });
  await t.test('a dry run tells and changes nothing', async () => {
    assert.match(await done(apply('clients: [{client_id: dry, app_type: spa}]', '--dry-run')), /^created +clients dry\n/m);
    await refused(server.command('client', 'show', 'dry'), 'dry');
  });
  await t.test('an error changes nothing, names the line, and is 1', async () => {
    const before = await done(server.command('export', '--secrets'));
    await refused(apply('clients:\n  - client_id: good\n    app_type: spa\nusers:\n  - email: bad\n'), 'line 5', 'users[0]', 'email');
    await refused(apply('clients: [}'), 'line 1');
    assert.equal(await done(server.command('export', '--secrets')), before);
  });
  await t.test('prune deletes what a part leaves out', async () => {
    const { changes } = await json(apply(JSON.stringify({ clients: defaultTenant().clients }), '--prune', '--json'));
    assert.deepEqual(changes.filter(({ change }) => change === 'deleted'), [{ part: 'clients', id: 'guest', change: 'deleted' }]);
    await soon(async () => (await new Browser(server, { client: { ...spa, client_id: 'guest' } }).authorize({ prompt: 'none' })).status === 400, 'the client is gone');
  });
  await t.test('what cannot be enforced here is not taken in silence', async () => {
    const [api] = server.tenant.resourceServers;
    server.writeTenant({ ...server.tenant, resourceServers: [{ ...api, enforce_policies: true }] });
    await refused(server.command('apply', server.tenantFile), 'enforce_policies', 'permissions');
    const asks = { skip_non_verifiable_callback_uri_confirmation_prompt: false };
    const { stderr } = await server.apply(defaultTenant({ tenant: asks, clients: [{ ...spa, ...asks }] }));
    for (const whose of ['tenant', 'shop']) assert.match(stderr, new RegExp(`^warning: ${whose}: .*no confirmation is shown`, 'm'));
    const quiet = { skip_non_verifiable_callback_uri_confirmation_prompt: true };
    await server.apply(defaultTenant({ tenant: quiet, clients: [{ ...spa, ...quiet }] }));
  });
  await t.test('warns of an origin on another site', async () => {
    const { code, stderr } = await apply(JSON.stringify({ clients: [{ ...spa, web_origins: ['https://app.example.com'] }] }), '--dry-run');
    assert.equal(code, 0);
    assert.match(stderr, /^warning: silent authentication will fail for https:\/\/app\.example\.com .*customDomains/m);
  });
  await t.test('an export is no change, with secrets and without', async () => {
    for (const args of [[], ['--secrets']]) {
      const text = await done(server.command('export', ...args));
      assert.equal(text.includes('argon2id'), args.length > 0);
      assert.match(await done(apply(text)), /^0 created, 0 updated, 0 deleted/m);
    }
  });
  await t.test('an export of another tenant makes the same tenant', async () => {
    const data = fresh();
    await done(run(['apply', written(await done(server.command('export', '--secrets'))), '--data', data]));
    const copy = await serve({ data, tenant: null, test: t });
    copy.tenant = server.tenant;
    await new Browser(copy).signIn('ana').then((answer) => answer.redirectsTo(spa.callbacks[0], { code: /./, state: 'xyz' }));
  });
});

test('clients by command', async (t) => {
  const server = await serve();

  await t.test('one that is made can ask', async () => {
    const made = await json(server.command('client', 'create', 'client_id=new', 'name=New', 'app_type=spa', 'callbacks=[http://new.localhost:9/cb]', 'web_origins=[http://new.localhost:9]', '--json'));
    assert.equal(made.client_secret, undefined);
    const client = { ...spa, client_id: 'new', callbacks: ['http://new.localhost:9/cb'] };
    const asks = () => new Browser(server, { client }).authorize({ prompt: 'none' });
    await soon(async () => (await asks()).status === 302, 'the client is known');
    await refused(server.command('client', 'create', 'client_id=new'), 'already');
    await done(server.command('client', 'update', 'new', 'enabled=false'));
    await soon(async () => (await asks()).status === 400, 'it is disabled');
    await done(server.command('client', 'delete', 'new'));
    await refused(server.command('client', 'delete', 'new'), 'new');
  });
  await t.test('a confidential one is shown its secret once', async () => {
    const made = await json(server.command('client', 'create', 'client_id=back', 'grant_types=[client_credentials]', '--json'));
    assert.match(made.client_secret, /^[\w-]{64}$/);
    const shown = await json(server.command('client', 'show', 'back', '--json'));
    for (const name of ['client_secret', 'client_secret_mac']) assert.equal(shown[name], undefined);
    const ask = async (secret) => {
      const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'back', client_secret: secret, audience: 'https://api.example' });
      return (await (await fetch(server.url('oauth/token'), { method: 'POST', body })).json()).error;
    };
    await soon(async () => (await ask(made.client_secret)) !== 'invalid_client', 'the secret fits');
    const { client_secret: other } = await json(server.command('client', 'secret', 'back', '--json'));
    assert.notEqual(other, made.client_secret);
    await soon(async () => (await ask(made.client_secret)) === 'invalid_client', 'the old one does not');
    assert.notEqual(await ask(other), 'invalid_client');
  });
  await t.test('fields, fields of fields, and lists', async () => {
    const changed = await json(server.command('client', 'update', 'shop', 'refresh_token.leeway=5', 'web_origins+=http://two.localhost:9', 'name=Shop two', '--json'));
    assert.equal(changed.refresh_token.leeway, 5);
    assert.deepEqual(changed.web_origins, ['http://app.localhost:9', 'http://two.localhost:9']);
    assert.equal(changed.name, 'Shop two');
    const back = await json(server.command('client', 'update', 'shop', 'web_origins-=http://two.localhost:9', 'refresh_token=', '--json'));
    assert.deepEqual(back.web_origins, ['http://app.localhost:9']);
    assert.equal(back.refresh_token, undefined);
  });
  await t.test('what is wrong is refused, and nothing changes', async () => {
    const before = await done(server.command('client', 'show', 'shop'));
    await refused(server.command('client', 'update', 'shop', 'callbacks=[javascript:alert(1)]'), 'callbacks');
    await refused(server.command('client', 'update', 'shop', 'web_origin=[x]'), 'web_origins');
    await refused(server.command('client', 'update', 'shop', 'client_id=other'), 'client_id');
    await refused(server.command('client', 'update', 'nobody', 'name=x'), 'nobody');
    await refused(server.command('client', 'update', 'shop', 'name'), 'FIELD=VALUE');
    assert.equal(await done(server.command('client', 'show', 'shop')), before);
  });
  await t.test('a table, or JSON', async () => {
    assert.match(await done(server.command('client', 'list')), /^client_id +name[\s\S]*^shop +/m);
    assert.deepEqual((await json(server.command('client', 'list', '--json'))).map((c) => c.client_id).sort(), ['back', 'office', 'shop']);
  });
});

test('users and their sessions by command', async (t) => {
  const server = await serve();

  await t.test('a password that no other process could see', async () => {
    const child = spawn(program, ['user', 'create', 'email=cal@example.com', 'email_verified=true', '--password-stdin', '--data', server.data], { stdio: ['pipe', 'ignore', 'inherit'] });
    child.stdin.end('correct horse cal\n');
    assert.equal(await new Promise((end) => { child.on('close', end); }), 0);
    const cal = { email: 'cal@example.com', password: 'correct horse cal' };
    (await new Browser(server).signIn(cal)).redirectsTo(spa.callbacks[0], { code: /./, state: 'xyz' });
    await refused(server.command('user', 'create', 'email=CAL@example.com'), 'already');
  });
  await t.test('shown, changed, listed, deleted', async () => {
    const shown = await json(server.command('user', 'update', 'cal@example.com', 'blocked=true', 'given_name=Cal', '--json'));
    assert.equal(shown.blocked, true);
    assert.equal(shown.given_name, 'Cal');
    assert.equal(shown.password_hash, undefined);
    assert.deepEqual((await json(server.command('user', 'list', '--json'))).map((u) => u.email).sort(), ['ana@example.com', 'ben@example.com', 'cal@example.com']);
    await done(server.command('user', 'delete', shown.user_id));
    await refused(server.command('user', 'show', 'cal@example.com'), 'cal@example.com');
  });
  await t.test('a session that is revoked is over at once', async () => {
    const browser = new Browser(server);
    await browser.signIn('ana');
    const { sid } = claims((await browser.silently({ response_type: 'id_token' })).params.id_token);
    const [session] = await json(server.command('session', 'list', '--user', 'ana@example.com', '--json'));
    assert.equal(session.sid, sid);
    assert.deepEqual(session.clients, ['shop']);
    assert.match(await done(server.command('session', 'show', sid)), new RegExp(`^sid +${sid}$`, 'm'));
    await done(server.command('session', 'revoke', sid));
    (await browser.silently()).postsMessage(spa.web_origins[0], refusal('login_required', 'Login required')).because('session_revoked');
    await refused(server.command('session', 'revoke', sid), 'ended');
    await refused(server.command('session', 'show', 'nothing'), 'nothing');
  });
  await t.test('a password that an administrator sets ends what lived by the one before', async () => {
    const [ana] = server.tenant.users;
    const thief = new Browser(server);
    const { refresh_token: stolen } = await thief.redeem(await thief.signIn('ana', { scope: 'openid offline_access' }));
    const name = { user_id: (await json(server.command('user', 'show', ana.email, '--json'))).user_id };
    await done(server.command('user', 'update', ana.email, `password=${ana.password}`, 'given_name=Anna'));
    await thief.redeem(await thief.authorize({ prompt: 'none' }), {});
    await done(server.command('user', 'update', ana.email, 'password=quite another one'));
    (await thief.silently()).postsMessage(spa.web_origins[0], refusal('login_required', 'Login required')).because('session_revoked');
    const refreshed = await thief.token({ grant_type: 'refresh_token', refresh_token: stolen });
    assert.equal(refreshed.response.json.error, 'invalid_grant');
    const events = await json(server.command('log', '--type', 'scp', '--json'));
    assert.deepEqual(events.map((event) => [event.user_id, event.description]), [[name.user_id, 'Password set by an administrator']]);
    const { stderr } = await server.apply(server.tenant);
    assert.match(stderr, /^warning: the password of ana@example\.com was changed meanwhile and stays/m);
    (await new Browser(server).signIn({ ...ana, password: 'quite another one' })).redirectsTo(spa.callbacks[0], { code: /./, state: 'xyz' });
  });
  await t.test('so does another one in the file, of somebody who has set none', async () => {
    const [ana, ben] = server.tenant.users;
    const browser = new Browser(server);
    await browser.signIn(ben);
    await server.apply({ ...server.tenant, users: [ana, { ...ben, password: 'one of the file' }] });
    (await browser.silently()).because('session_revoked');
    assert.equal((await json(server.command('log', '--type', 'scp', '--json'))).length, 2);
  });
});

test('keys by command', async () => {
  const server = await serve();
  const published = async () => (await (await fetch(server.url('.well-known/jwks.json'))).json()).keys.map((key) => key.kid);
  const keys = async (alg) => Object.fromEntries((await json(server.command('key', 'list', '--json'))).filter((key) => key.alg === alg).map((key) => [key.state, key.kid]));
  const before = await keys('RS256');
  const browser = new Browser(server);
  await browser.signIn('ana');
  const hint = (await browser.silently({ response_type: 'id_token' })).params.id_token;
  assert.ok((await published()).includes(before.next), 'the next one is published ahead');

  await done(server.command('key', 'rotate', '--alg', 'RS256'));
  const now = await keys('RS256');
  assert.equal(now.current, before.next);
  assert.equal(now.previous, before.current);
  assert.notEqual(now.next, before.next);
  await soon(async () => (await published()).includes(now.next), 'the new next one is published');
  (await browser.silently({ id_token_hint: hint })).postsMessage(spa.web_origins[0], { code: /./, state: 'xyz' });

  await refused(server.command('key', 'revoke', now.current), 'rotate');
  await refused(server.command('key', 'revoke', 'nothing'), 'nothing');
  await done(server.command('key', 'revoke', now.previous));
  await soon(async () => !(await published()).includes(now.previous), 'the revoked one is gone');
  (await browser.silently({ id_token_hint: hint })).because('hint_invalid');
  await refused(server.command('key', 'rotate', '--alg', 'RS512'), '--alg');
});

test('explain and log', async () => {
  const server = await serve();
  const answer = await new Browser(server).authorize({ prompt: 'none' });
  const id = new URL(answer.params.error_uri).searchParams.get('id');
  await soon(async () => (await server.command('explain', id)).code === 0, 'the trace is there');
  const shown = await json(server.command('explain', id, '--json'));
  assert.equal(shown.reason, 'no_session');
  assert.equal(shown.client_id, 'shop');
  assert.ok(shown.remedy.length > 20);
  assert.match(await done(server.command('explain', id)), /^reason +no_session$/m);
  await refused(server.command('explain', 'nothing-of-this-name'), 'nothing-of-this-name');
  await soon(async () => (await json(server.command('log', '--type', 'fsa', '--request', id, '--json'))).length === 1, 'the event is there');
  assert.deepEqual(await json(server.command('log', '--client', 'nobody', '--json')), []);
  const kept = await json(server.command('log', '--json'));
  assert.deepEqual(Object.keys(kept[0]).slice(0, 3), ['event_id', 'date', 'type']);
});

test('doctor', async (t) => {
  const clients = [
    { ...spa, client_id: 'near', callbacks: ['http://localhost:9/cb'], web_origins: ['http://localhost:9'] },
    { ...spa, client_id: 'far' },
    { ...spa, client_id: 'off', enabled: false },
    { ...spa, client_id: 'lost', callbacks: ['http://elsewhere.localhost:9/cb'], web_origins: ['http://localhost:9'] },
    { ...spa, client_id: 'mute', grant_types: ['client_credentials'] },
  ];
  const server = await serve({ tenant: defaultTenant({ clients }) });
  const doctor = (client, origin, ...args) => server.command('doctor', '--client', client, '--origin', origin, ...args);

  await t.test('silence will work', async () => {
    const { code, stdout } = await doctor('near', 'http://localhost:9');
    assert.equal(code, 0);
    assert.equal(stdout.trimEnd().split('\n').length, 1);
  });
  const rows = [
    ['nobody', 'http://localhost:9', 'client_id'],
    ['off', 'http://app.localhost:9', 'enabled'],
    ['mute', 'http://app.localhost:9', 'grant_types'],
    ['near', 'http://localhost:10', 'web_origins'],
    ['lost', 'http://localhost:9', 'callbacks'],
    ['far', 'http://app.localhost:9', 'customDomains'],
  ];
  for (const [client, origin, field] of rows) {
    await t.test(`${client} at ${origin}: ${field}`, async () => {
      const { code, stdout } = await doctor(client, origin);
      assert.equal(code, 1);
      const [verdict, fix, ...more] = stdout.trimEnd().split('\n');
      assert.ok(verdict.length > 0);
      assert.ok(fix.startsWith(`fix: ${field}`), fix);
      assert.deepEqual(more, []);
      assert.equal(JSON.parse((await doctor(client, origin, '--json')).stdout).field, field);
    });
  }
  await t.test('a domain on the site of the app is the cure', async () => {
    await server.apply({ ...server.tenant, customDomains: [{ domain: 'auth.app.localhost' }] });
    const { code, stdout } = await doctor('far', 'http://app.localhost:9');
    assert.equal(code, 0, stdout);
    assert.match(stdout, /http:\/\/auth\.app\.localhost:\d+\//);
  });
});

test('a backup opens as the tenant that it was', async (t) => {
  const server = await serve();
  const data = fresh();
  const { copyFileSync, mkdirSync } = await import('node:fs');
  const browser = new Browser(server);
  await browser.signIn('ana');
  mkdirSync(data, { mode: 0o700 });
  await done(server.command('backup', join(data, 'default.db')));
  assert.equal(statSync(join(data, 'default.db')).mode & 0o777, 0o600);
  await refused(server.command('backup', join(data, 'default.db')), 'already');
  copyFileSync(join(server.data, 'master.key'), join(data, 'master.key'));
  const { port } = server;
  await server.halt();
  const copy = await serve({ data, port, tenant: null, test: t });
  browser.server = copy;
  (await browser.silently()).postsMessage(spa.web_origins[0], { code: /./, state: 'xyz' });
});

test('restore, and the commands that only look', async () => {
  const actions = [{ name: 'hello', code: 'exports.onExecutePostLogin = async () => {};\n', secrets: [{ name: 'KEY', value: 'hush' }] }];
  const server = await serve({ tenant: defaultTenant({ actions, triggers: { 'post-login': ['hello'] } }) });
  assert.equal((await json(server.command('tenant', 'show', '--json'))).friendly_name, 'Tests');
  assert.deepEqual(await json(server.command('action', 'list', '--json')), [{ name: 'hello', triggers: ['post-login'] }]);
  assert.ok(!(await done(server.command('action', 'show', 'hello'))).includes('hush'));
  await refused(server.command('action', 'delete', 'hello'), 'trigger');
  await refused(server.command('action', 'show', 'nothing'), 'nothing');
  assert.deepEqual(await json(server.command('grant', 'list', '--user', 'ana@example.com', '--json')), []);
  await refused(server.command('grant', 'delete', 'nothing'), 'nothing');

  const copy = fresh('backup.db');
  await done(server.command('backup', copy));
  await refused(server.command('restore', copy), 'already');
  const data = fresh();
  await done(run(['restore', copy, '--data', data], { TACIT_MASTER_KEY: '' }));
  writeFileSync(join(data, 'master.key'), readFileSync(join(server.data, 'master.key')), { mode: 0o600 });
  assert.equal(await done(run(['export', '--secrets', '--data', data])), await done(server.command('export', '--secrets')));
  await refused(run(['restore', written('no database'), '--data', fresh()]), 'no backup');
});

test('SIGHUP reads the tenant file again', async () => {
  const server = await serve();
  const guest = { ...spa, client_id: 'guest' };
  server.writeTenant({ ...server.tenant, clients: [...server.tenant.clients, guest] });
  server.signal('SIGHUP');
  await soon(async () => (await new Browser(server, { client: guest }).authorize({ prompt: 'none' })).status === 302, 'the client is known');
  server.writeTenant({ clients: 'nonsense' });
  server.signal('SIGHUP');
  await soon(() => /clients: must be a list/.test(server.stderr), 'the error is said');
  assert.equal((await fetch(server.url('healthz'))).status, 200);
});

test('a socket that is handed over is listened on', async () => {
  const listener = createServer();
  await new Promise((go) => { listener.listen(0, '127.0.0.1', go); });
  const { port } = listener.address();
  const child = spawn(program, ['serve', '--data', fresh(), '--issuer', 'http://localhost:0/'], {
    env: { ...process.env, LISTEN_FDS: '1' },
    stdio: ['ignore', 'pipe', 'inherit', listener._handle.fd],
  });
  const ended = new Promise((end) => { child.on('close', end); });
  const line = await new Promise((go) => { child.stdout.setEncoding('utf8').once('data', go); });
  assert.match(line, new RegExp(`^tacit ready http://localhost:${port}/ in`));
  listener.close();
  assert.equal((await fetch(`http://localhost:${port}/healthz`)).status, 200);
  child.kill('SIGTERM');
  assert.equal(await ended, 0);
});

test('users that are in no file stay what they are', async () => {
  const server = await serve();
  await done(server.command('user', 'create', 'email=own@example.com', 'password=of their own'));
  await server.apply(defaultTenant({ users }));
  (await new Browser(server).signIn({ email: 'own@example.com', password: 'of their own' })).redirectsTo(spa.callbacks[0], { code: /./, state: 'xyz' });
});
