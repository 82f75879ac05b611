// SPDX-License-Identifier: Apache-2.0
// Actions that misbehave: each ends its own sign-in with one clear error, silent or not, and
// nothing else notices. A parameter of the request says what is to be done.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { applied, postLogin, tenantWith, until } from '../support/actions.mjs';
import { Browser, claims, refusal, spa } from '../support/browser.mjs';
import { request } from '../support/http.mjs';
import { serve } from '../support/server.mjs';

const origin = spa.web_origins[0];
const callback = spa.callbacks[0];
const granted = { code: /./, state: 'xyz' };
const failed = refusal('server_error', 'An action failed');

const deeds = {
  throws: "throw new Error('no luck today');",
  'throws nothing': 'throw undefined;',
  rejects: "await Promise.reject(new TypeError('no such thing'));",
  'hangs in a loop': 'for (;;);',
  'hangs after waiting': 'await null; for (;;);',
  'never answers': 'await new Promise(() => {});',
  exits: 'process.exit(0);',
  aborts: 'process.abort();',
  'is killed': "process.kill(process.pid, 'SIGKILL'); for (;;);",
  'throws later, from nowhere': "setTimeout(() => { throw new Error('stray'); }, 1); await new Promise(() => {});",
  'eats the heap': 'const all = []; for (;;) all.push(new Array(1000).fill(all.length));',
  'eats buffers': 'const all = []; for (;;) all.push(Buffer.alloc(1 << 20, 1));',
  'floods its output': "for (;;) console.log('x'.repeat(1000));",
  'floods its output, and catches': "for (let i = 0; i < 1e5; i++) try { console.log('x'.repeat(1000)); } catch {}",
  'asks for much': "api.user.setAppMetadata('big', 'x'.repeat(1 << 20), { silent: true });",
  'puts much into tokens': "api.idToken.setCustomClaim('big', 'x'.repeat(5000));",
  'is wrong about the api': "api.no.such.thing('x');",
  'redirects to a script': "api.redirect.sendUserTo('javascript:alert(1)');",
  // Past the api: into what the host writes to the server.
  'redirects with a header of its own': `const fs = require('fs'), { syncBuiltinESMExports } = require('module'), { writeSync } = fs;
    fs.writeSync = (fd, bytes, at, n) => {
      Object.assign(fs, { writeSync });
      syncBuiltinESMExports();
      bytes.write('\\\\r\\\\n', bytes.indexOf('AAAA'));
      return writeSync(fd, bytes, at, n);
    };
    syncBuiltinESMExports();
    api.redirect.sendUserTo('https://elsewhere.example/AAAAX-Odd:yes');`,
};

const code = postLogin(`
  const deeds = { ${Object.entries(deeds).map(([name, body]) => `${JSON.stringify(name)}: async () => { ${body} }`).join(',\n')} };
  const deed = event.request.query.deed;
  if (deed && deeds[deed]) await deeds[deed]();`);

/** The processes of the server's actions: its children, whichever thread started them. */
function hosts(server) {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      return new RegExp(`^\\d+ \\(.*\\) \\S ${server.pid} `).test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return false;
    }
  });
}

test('each misdeed ends its own request with one clear error', async (t) => {
  const server = await serve({ tenant: tenantWith({ hostile: { code, time_limit_in_ms: 400 } }) });
  const browser = new Browser(server);
  await browser.signIn('ana');
  for (const deed of Object.keys(deeds)) {
    await t.test(deed, async () => {
      const began = performance.now();
      const answer = await browser.silently({ deed });
      answer.postsMessage(origin, failed).because('action_failed').isNeverCached();
      assert.ok(performance.now() - began < 10_000, `${performance.now() - began} ms`);
      (await browser.silently()).postsMessage(origin, granted);
    });
  }
  await t.test('an interactive sign-in is told the same', async () => {
    const other = new Browser(server);
    (await other.signIn('ben', { deed: 'hangs in a loop' })).redirectsTo(callback, failed).because('action_failed');
    (await other.authorize({ deed: 'redirects with a header of its own' })).redirectsTo(callback, failed).because('action_failed');
  });
  await t.test('the log says how', async () => {
    const words = ['no luck today', 'no such thing', 'did not come to an end in time', 'ended the process', 'printed more than', 'custom claims'];
    await until(async () => {
      const { stdout } = await server.command('action', 'log', '--json');
      return words.every((word) => stdout.includes(word));
    }, words.join(', '));
  });
});

test('nobody else pays for it', async () => {
  const server = await serve({ tenant: tenantWith({ hostile: { code, time_limit_in_ms: 400 } }) });
  const browser = new Browser(server);
  await browser.signIn('ana');
  const bad = ['hangs in a loop', 'exits', 'eats the heap', 'never answers', 'hangs in a loop'];
  const ask = (deed) => browser.silently(deed ? { deed } : {});
  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all([...Array(8).keys()].map((i) => ask(i === 3 ? bad[round] : undefined)));
    answers.forEach((answer, i) => {
      if (i === 3) answer.because('action_failed');
      else answer.postsMessage(origin, granted);
    });
  }
  const others = bad.map(ask);
  const began = performance.now();
  const plain = await browser.send('/.well-known/openid-configuration');
  assert.equal(plain.status, 200);
  assert.ok(performance.now() - began < 1000);
  for (const answer of await Promise.all(others)) assert.ok(['action_failed', 'temporarily_unavailable'].includes(answer.reason), answer.reason);
});

test('code that cannot even be loaded', async (t) => {
  for (const [name, broken] of Object.entries({
    'a syntax error': 'exports.onExecutePostLogin = async (event, api) => {',
    'a throw at the top': "throw new Error('at the top');",
    'a module that is not there': "require('no-such-module'); exports.onExecutePostLogin = async () => {};",
    'an exit at the top': 'process.exit(1);',
    'a loop at the top': 'for (;;);',
  })) {
    await t.test(name, async (tt) => {
      const server = await serve({ tenant: tenantWith({ broken }), test: tt });
      (await new Browser(server).signIn('ana')).redirectsTo(callback, failed).because('action_failed');
      // Who runs the server hears of it before anybody signs in.
      assert.match(server.stderr, /does not load.*broken: |ended before it was ready/);
      await applied(server, { ...server.tenant, actions: [{ name: 'broken', code: postLogin('') }] });
      (await new Browser(server).signIn('ana')).redirectsTo(callback, granted);
    });
  }
});

test('what an action cannot reach', async (t) => {
  const look = postLogin(`
    const fs = require('node:fs');
    const tries = {
      key: () => fs.readFileSync(event.secrets.DATA + '/master.key', 'utf8'),
      store: () => fs.readFileSync(event.secrets.DATA + '/default.db'),
      list: () => fs.readdirSync(event.secrets.DATA),
      passwd: () => fs.readFileSync('/etc/passwd', 'utf8'),
      memory: () => fs.openSync('/proc/' + process.ppid + '/mem', 'r'),
      environ: () => fs.readFileSync('/proc/' + process.ppid + '/environ', 'utf8'),
      write: () => fs.writeFileSync('/tmp/tacit-action-was-here', 'x'),
      program: () => { const done = require('node:child_process').spawnSync('/bin/cat', ['/etc/passwd']); if (done.error) throw done.error; if (done.status !== 0) throw new Error('it failed'); return done.stdout; },
    };
    const got = {};
    for (const [name, attempt] of Object.entries(tries)) {
      try { attempt(); got[name] = true; } catch { got[name] = false; }
    }
    got.environment = Object.keys(process.env).sort();
    api.idToken.setCustomClaim('got', got);`);
  const server = await serve({ tenant: tenantWith({ look: { code: look, secrets: [{ name: 'DATA', value: 'set below' }] } }) });
  await applied(server, { ...server.tenant, actions: [{ ...server.tenant.actions[0], secrets: [{ name: 'DATA', value: server.data }] }] });
  const browser = new Browser(server);
  await browser.signIn('ana');
  const answer = await browser.silently({ response_type: 'id_token' });
  assert.ok(answer.params.id_token, JSON.stringify(answer.params));
  const { got } = claims(answer.params.id_token);
  const shut = server.log.every(({ msg, message }) => !/neither Landlock/.test(msg ?? message ?? ''));
  await t.test('files, keys, memory, programs', { skip: !shut && 'this kernel has no Landlock and this Node no permissions' }, () => {
    const { key, store, list, passwd, memory, environ, write, program } = got;
    assert.deepEqual({ key, store, list, passwd, memory, environ, write, program }, { key: false, store: false, list: false, passwd: false, memory: false, environ: false, write: false, program: false });
    assert.ok(!existsSync('/tmp/tacit-action-was-here'));
  });
  await t.test('it has no descriptor of ours', () => {
    for (const pid of hosts(server)) {
      const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
      assert.deepEqual(open.filter((path) => path.startsWith(server.dir) || /^\/tmp/.test(path)), []);
      assert.equal(open.filter((path) => path.startsWith('socket:')).length, 1, open.join(' '));
    }
  });
  await t.test('the environment is empty', () => assert.deepEqual(got.environment, ['LANG', 'NODE_NO_WARNINGS', 'PATH']));
});

test('dependencies come from the folder of the action', async () => {
  const server = await serve({ tenant: null });
  const folder = join(server.dir, 'actions');
  mkdirSync(join(folder, 'node_modules/greeting'), { recursive: true });
  writeFileSync(join(folder, 'node_modules/greeting/package.json'), '{"name":"greeting","main":"main.js"}');
  writeFileSync(join(folder, 'node_modules/greeting/main.js'), "module.exports = (name) => 'hello ' + name;");
  writeFileSync(join(folder, 'greet.js'), `const greeting = require('greeting');\n${postLogin("api.idToken.setCustomClaim('said', greeting(event.user.given_name));")}`);
  await applied(server, tenantWith({ greet: './actions/greet.js' }));
  const browser = new Browser(server);
  const answer = await browser.signIn('ana', { response_type: 'id_token' });
  assert.equal(claims(answer.params.id_token).said, 'hello Ana');
});

test('nothing is started where nothing is bound, and nothing is left over', async (t) => {
  const bound = tenantWith({ idle: postLogin('') });
  const unbound = { ...bound, triggers: { 'post-login': [] } };
  const server = await serve({ tenant: unbound });
  const browser = new Browser(server);
  const bothRun = () => until(() => hosts(server).length === 2, 'one process that works, and one that is warm');
  await browser.signIn('ana');
  assert.deepEqual(hosts(server), []);
  await t.test('they start with the first binding, before anybody signs in', async () => {
    await applied(server, bound);
    await bothRun();
    (await browser.silently()).postsMessage(origin, granted);
  });
  await t.test('others take their place when they die', async () => {
    for (const pid of hosts(server)) process.kill(pid, 'SIGKILL');
    (await browser.silently()).postsMessage(origin, granted);
    await bothRun();
  });
  await t.test('other code has other processes, and the ones before end', async () => {
    const before = hosts(server);
    await applied(server, { ...bound, actions: [{ ...bound.actions[0], code: postLogin('event;') }] });
    await until(() => before.every((pid) => !hosts(server).includes(pid)), 'the processes of the code before end');
    await bothRun();
  });
  await t.test('they end with the last binding', async () => {
    await applied(server, unbound);
    await until(() => hosts(server).length === 0, 'no process is left');
    (await browser.silently()).postsMessage(origin, granted);
  });
  await t.test('nothing outlives the server', async () => {
    await applied(server, bound);
    await bothRun();
    const before = hosts(server);
    await server.halt();
    for (const pid of before) assert.ok(!existsSync(`/proc/${pid}`), `process ${pid} outlived the server`);
  });
});

test('a stop waits ten seconds at most, and answers who waits for an action', async () => {
  const clients = [spa, { ...spa, client_id: 'robot', name: 'Robot', app_type: 'non_interactive', token_endpoint_auth_method: 'client_secret_post', client_secret: 'robot-secret-of-the-tests-0123456789',
    grant_types: ['client_credentials'] }];
  const slow = { time_limit_in_ms: 20_000 };
  const tenant = tenantWith({
    hostile: { code, ...slow },
    machine: { code: 'exports.onExecuteCredentialsExchange = () => new Promise(() => {});', ...slow, supported_triggers: [{ id: 'credentials-exchange', version: 'v2' }] },
  }, { clients, clientGrants: [{ client_id: 'robot', audience: 'https://api.example', scope: ['read:orders'] }] });
  const server = await serve({ tenant: { ...tenant, triggers: { 'post-login': ['hostile'], 'credentials-exchange': ['machine'] } } });
  const browser = new Browser(server);
  await browser.signIn('ana');
  const form = { grant_type: 'client_credentials', client_id: 'robot', client_secret: 'robot-secret-of-the-tests-0123456789', audience: 'https://api.example' };
  const waiting = [
    ...['never answers', 'hangs in a loop'].map((deed) => browser.silently({ deed })),
    browser.authorize({ deed: 'never answers', prompt: 'none', response_mode: 'query' }),
    browser.authorize({ deed: 'never answers' }),
    ...[0, 1].map(() => request(server.url('oauth/token'), { form })),
  ];
  await new Promise((done) => { setTimeout(done, 1000); });
  const before = hosts(server);
  assert.ok(before.length > 0);
  const from = performance.now();
  const end = server.halt().then(() => performance.now() - from);
  const [...answers] = await Promise.all(waiting);
  const took = await end;
  assert.ok(took > 8000 && took < 10_500, `it took ${took} ms`);
  const unavailable = refusal('temporarily_unavailable');
  for (const answer of answers.slice(0, 2)) answer.postsMessage(origin, unavailable);
  answers[2].redirectsTo(callback, unavailable);
  assert.equal(answers[3].status, 503);
  assert.match(answers[3].text, /The server is busy/);
  for (const { status, json } of answers.slice(4)) assert.deepEqual([status, json.error], [503, 'temporarily_unavailable']);
  for (const pid of before) assert.ok(!existsSync(`/proc/${pid}`), `process ${pid} outlived the server`);
});

/** Milliseconds of processor time that the server's own threads have had. */
function processorTime({ pid }) {
  const [, , , , , , , , , , , user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  return (Number(user) + Number(system)) * 10;
}

test('what it writes to the server when nobody has asked', async (t) => {
  const body = `
    const { writeSync } = require('node:fs');
    const { deed } = event.request.query;
    if (deed === 'mutters') setTimeout(() => { for (let i = 0; i < 50; i++) writeSync(3, Buffer.alloc(1000, 120)); }, 20);
    const frame = Buffer.from('\\0\\0\\0\\x0e{"id":9999999}');
    if (deed === 'talks') for (;;) try { writeSync(3, frame); } catch {}`;
  const server = await serve({ tenant: tenantWith({ mutters: postLogin(body) }) });
  const browser = new Browser(server);
  await browser.signIn('ana');
  await t.test('keeps nobody busy', async () => {
    (await browser.silently({ deed: 'mutters' })).postsMessage(origin, granted);
    await new Promise((done) => { setTimeout(done, 100); });
    const before = processorTime(server);
    await new Promise((done) => { setTimeout(done, 1000); });
    assert.ok(processorTime(server) - before < 300, `${processorTime(server) - before} ms of a second`);
  });
  await t.test('ends it, where there is no end of it', async () => {
    (await browser.silently({ deed: 'talks' })).postsMessage(origin, failed).because('action_failed');
  });
  await t.test('and costs others at most one clear error', async () => {
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push((await browser.silently()).params.error);
    assert.ok(answers.every((error) => error === undefined || error === 'server_error'), answers.join());
    assert.equal(answers.at(-1), undefined);
  });
});

test('an action that reaches past its api cannot say that we have seen a factor', async (t) => {
  // Instead of "https://a/" its process says "mfa", in as many bytes.
  const forging = `
    const fs = require('fs'), { syncBuiltinESMExports } = require('module'), { writeSync } = fs;
    exports.onExecutePostLogin = async (event, api) => {
      if (event.authentication.methods.every(({ name }) => name === 'pwd')) api.redirect.sendUserTo('http://app.localhost:9/check');
    };
    exports.onContinuePostLogin = async (event, api) => {
      fs.writeSync = (fd, bytes, at, n) => {
        const place = bytes.indexOf('"https://a/"');
        if (place >= 0) bytes.write('"mfa"       ', place);
        return writeSync(fd, bytes, at, n);
      };
      syncBuiltinESMExports();
      api.authentication.recordMethod('https://a/');
    };`;
  const server = await serve({ test: t, tenant: tenantWith({ forging }) });
  const browser = new Browser(server);
  const { state } = (await browser.signIn('ana')).redirect.params;
  (await browser.follow(await browser.send(`/continue?state=${state}`))).redirectsTo(callback, granted);
  (await browser.silently()).postsMessage(origin, refusal('interaction_required')).because('action_redirect');
});
