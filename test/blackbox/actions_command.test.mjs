// SPDX-License-Identifier: Apache-2.0
// tacit action: versions, deploying, going back, trying one, reading what they printed.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { applied, postLogin, tenantWith, until } from '../support/actions.mjs';
import { Browser, claims } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';

const says = (word) => postLogin(`console.log('saying', ${JSON.stringify(word)}); api.idToken.setCustomClaim('said', ${JSON.stringify(word)});`);

async function json(server, ...args) {
  const { code, stdout, stderr } = await server.command(...args, '--json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

function hears(browser, word) {
  return until(async () => {
    const { id_token: token } = (await browser.silently({ response_type: 'id_token' })).params;
    return claims(token).said === word;
  }, `the claim says ${word}`);
}

test('versions, drafts, deploying and going back', async (t) => {
  const server = await serve({ tenant: tenantWith({ talk: says('one') }) });
  const browser = new Browser(server);
  await browser.signIn('ana');
  const numbers = async () => (await json(server, 'action', 'show', 'talk')).versions.map(({ number, deployed }) => (deployed ? `${number}*` : `${number}`)).join(' ');
  const apply = (action) => server.apply(tenantWith({ talk: action }));

  await t.test('what is applied is deployed', async () => {
    await hears(browser, 'one');
    await apply(says('two'));
    await hears(browser, 'two');
    assert.equal(await numbers(), '1 2*');
  });
  await t.test('the same again changes nothing', async () => {
    const { stdout } = await apply(says('two'));
    assert.match(stdout, /0 created, 0 updated, 0 deleted/);
    assert.equal(await numbers(), '1 2*');
  });
  await t.test('a draft waits until it is deployed', async () => {
    await applied(server, tenantWith({ talk: { code: says('three'), deployed: false } }));
    await hears(browser, 'two');
    assert.deepEqual(await json(server, 'action', 'deploy', 'talk'), { name: 'talk', deployed_version: 3 });
    await hears(browser, 'three');
  });
  await t.test('and back', async () => {
    assert.deepEqual(await json(server, 'action', 'rollback', 'talk', '1'), { name: 'talk', deployed_version: 1 });
    await hears(browser, 'one');
    assert.equal(await numbers(), '1* 2 3');
  });
  await t.test('what is not there is refused', async () => {
    for (const args of [['deploy', 'nobody'], ['rollback', 'talk', '9'], ['rollback', 'talk', 'x'], ['test', 'nobody'], ['show', 'nobody']]) {
      const { code, stderr } = await server.command('action', ...args);
      assert.equal(code, 1, args.join(' '));
      assert.match(stderr, /^tacit: .+\n$/);
    }
  });
  await t.test('the last twenty are kept, and the one that runs', async () => {
    for (let i = 0; i < 21; i++) {
      await apply({ code: says(`again ${i}`), deployed: false });
      if (i < 20) await server.command('action', 'deploy', 'talk');
    }
    const { versions } = await json(server, 'action', 'show', 'talk');
    assert.equal(versions.length, 20);
    assert.equal(versions.filter(({ deployed }) => deployed).length, 1);
  });
});

test('trying one writes nothing', async (t) => {
  const server = await serve({ tenant: tenantWith({ talk: postLogin(`
    console.log('hello', event.user.email, event.transaction.silent);
    if (event.user.email === 'evil@example.com') throw new Error('get out');
    api.user.setAppMetadata('seen', true);
    api.multifactor.enable('any');`) }) });
  await t.test('against the sample', async () => {
    const answer = await json(server, 'action', 'test', 'talk');
    assert.deepEqual(answer.wish, { app_metadata: { seen: true }, mfa: { provider: 'any', allow_remember: false, by: 'talk' } });
    assert.deepEqual(answer.logs, [{ action: 'talk', level: 'log', text: 'hello ana@example.com false' }]);
  });
  await t.test('as a silent request', async () => {
    const answer = await json(server, 'action', 'test', 'talk', '--silent');
    assert.equal(answer.wish.app_metadata, undefined);
    assert.equal(answer.logs[0].text, 'hello ana@example.com true');
  });
  await t.test('against an event of yours', async () => {
    const file = join(server.dir, 'event.json');
    writeFileSync(file, JSON.stringify({ user: { email: 'evil@example.com' }, transaction: {} }));
    const { code, stdout } = await server.command('action', 'test', 'talk', '--event', file, '--json');
    assert.equal(code, 1);
    assert.deepEqual(JSON.parse(stdout).failed, { action: 'talk', kind: 'throw', message: 'get out' });
    writeFileSync(file, '[]');
    assert.equal((await server.command('action', 'test', 'talk', '--event', file)).code, 1);
  });
});

test('the log of a run', async () => {
  const server = await serve({ tenant: tenantWith({ talk: says('something') }) });
  await new Browser(server).signIn('ana');
  let run;
  await until(async () => {
    [run] = await json(server, 'action', 'log');
    return run !== undefined;
  }, 'the run is in the log');
  assert.equal(run.type, 'actions_log');
  assert.deepEqual(run.details.logs, [{ action: 'talk', level: 'log', text: 'saying something' }]);
  assert.ok(run.details.took_us > 0);
});

test('a tenant file with a mistake in an action is refused', async (t) => {
  const server = await serve({});
  for (const [name, action, words] of [
    ['no code', { name: 'a' }, /code: must be given/],
    ['a limit of an hour', { name: 'a', code: 'x', time_limit_in_ms: 3_600_000 }, /time_limit_in_ms: must be from 1 to 20000/],
    ['a file that is not there', { name: 'a', code: './nowhere.js' }, /cannot be read/],
  ]) {
    await t.test(name, async () => {
      server.writeTenant({ ...tenantWith({}), actions: [action] });
      const { code, stderr } = await server.command('apply', server.tenantFile);
      assert.equal(code, 1);
      assert.match(stderr, words);
    });
  }
});

test('a trigger that never runs here is said, and one that is none is refused', async () => {
  const server = await serve({ tenant: tenantWith({}) });
  const bound = (triggers) => ({ ...tenantWith({ talk: says('one') }), triggers });
  const { stderr } = await server.apply(bound({ 'post-login': ['talk'], 'pre-user-registration': ['talk'], 'post-change-password': [] }));
  assert.deepEqual(stderr.match(/^warning: actions bound .*$/gm), ['warning: actions bound to the trigger pre-user-registration are kept and never run here']);
  server.writeTenant(bound({ 'post-lgoin': ['talk'] }));
  const refused = await server.command('apply', server.tenantFile);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /triggers \(post-lgoin\): there is no such trigger/);
});
