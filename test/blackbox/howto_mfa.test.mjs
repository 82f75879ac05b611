// SPDX-License-Identifier: Apache-2.0
// "Second factor once per session" of docs/actions.md, followed word for word: its files are
// written as they stand there, its commands are run as they stand there, and each sentence of
// what one will see then is seen. The seed's section about multi-factor authentication is this.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import { until } from '../support/actions.mjs';
import { Browser, claims, refusal, spa } from '../support/browser.mjs';
import { byId, elements } from '../support/html.mjs';
import { program, serve } from '../support/server.mjs';
import { defaultTenant } from '../support/tenant.mjs';
import { awaitFreshStep, totp } from '../support/totp.mjs';

const page = readFileSync(new URL('../../docs/actions.md', import.meta.url), 'utf8');
const [section] = page.slice(page.indexOf('## Second factor once per session')).split(/\n## (?!Second)/);
const block = (language) => new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(section)[1];
const said = section.replace(/\s+/g, ' ');
/** The sentence must stand on the page: whoever changes it looks at what is tested here. */
const says = (sentence) => assert.ok(said.includes(sentence), `the page no longer says: ${sentence}`);

const origin = spa.web_origins[0];
const callback = spa.callbacks[0];
const granted = { code: /./, state: 'xyz' };

/** A tenant file in YAML, that a part of the page can be added to. */
const yaml = (tenant) => Object.entries(tenant).map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`).join('');

/** A command line of the page, run in the folder of tenant.yaml. */
function command(server, line) {
  const [name, ...args] = line.replace(/\s+#.*$/, '').split(/\s+/);
  assert.equal(name, 'tacit', line);
  return new Promise((done) => {
    execFile(program, args, { cwd: server.dir, env: { ...process.env, TACIT_DATA: server.data } },
      (error, stdout, stderr) => done({ code: error ? error.code : 0, stdout, stderr }));
  });
}

test('the steps of docs/actions.md, second factor once per session', async (t) => {
  const server = await serve({ tenant: defaultTenant() });
  const ana = new Browser(server);
  let key;

  await t.test('before, nobody is asked', async () => {
    (await ana.signIn('ana')).redirectsTo(callback, granted);
    await ana.send('/v2/logout');
  });
  await t.test('the code is the seed\'s', () => {
    for (const line of ['const authMethods = event.authentication?.methods || []', 'const completedMfa = !!authMethods.find((method) => method.name === \'mfa\')',
      'if (!completedMfa) {', 'api.multifactor.enable(\'any\', { allowRememberBrowser: true })']) assert.ok(block('js').includes(line), line);
  });
  await t.test('save this as actions/mfa-once.js', () => {
    const [, path] = /Save this as `([^`]+)`/.exec(section);
    mkdirSync(join(server.dir, dirname(path)), { recursive: true });
    writeFileSync(join(server.dir, path), block('js'));
  });
  await t.test('name it in the tenant file, bind it, and apply the file', async () => {
    says('Name it in the tenant file, bind it, and apply the file:');
    writeFileSync(join(server.dir, 'tenant.yaml'), yaml(server.tenant) + block('yaml'), { mode: 0o600 });
    for (const line of block('sh').trim().split('\n')) {
      const done = await command(server, line);
      assert.equal(done.code, 0, `${line}: ${done.stderr}`);
      if (line.includes('action list')) assert.match(done.stdout, /mfa-once/);
    }
    await until(() => server.log.some(({ message }) => message === 'configuration loaded'), 'the server has heard');
  });
  await awaitFreshStep(20_000);

  let asked;
  await t.test('whoever signs in is asked for a second factor', async () => {
    says('whoever signs in is asked for a second factor');
    asked = await ana.signIn('ana');
    assert.match(asked.response.url.href, /\/u\/mfa\?state=/);
  });
  await t.test('a silent request in a session without the factor is answered login_required', async () => {
    says('A silent request in a session without the factor is answered `login_required`, `Multifactor authentication required`.');
    (await ana.silently()).postsMessage(origin, refusal('login_required', 'Multifactor authentication required')).because('mfa_required');
  });
  await t.test('the first time they are led through enrolment, as docs/mfa.md says', async () => {
    key = byId(asked.text, 'secret').text;
    assert.match(key, /^[A-Z2-7]{32}$/);
    assert.ok(elements(asked.text, 'svg').length > 0, 'a QR code');
    assert.equal(elements(asked.text, 'li').filter(({ text }) => /^[0-9A-Z]{5}-[0-9A-Z]{5}$/.test(text)).length, 10);
    const answer = await ana.press(asked, { code: totp(key, -1) }, { action: 'verify' });
    assert.deepEqual(claims((await ana.redeem(answer.redirectsTo(callback, granted))).id_token).amr, ['pwd', 'mfa', 'otp']);
  });
  await t.test('every silent renewal in that session passes without a word', async () => {
    says('the session remembers it, so every silent renewal in that session passes without a word');
    for (let i = 0; i < 5; i++) (await ana.silently()).postsMessage(origin, granted);
  });
  await t.test('a new session asks again', async () => {
    says('a new session asks again.');
    await ana.send('/v2/logout');
    asked = await ana.signIn('ana');
    assert.ok(byId(asked.text, 'code') && !byId(asked.text, 'secret'), 'for the code, not for enrolment');
    (await ana.silently()).because('mfa_required');
  });
  await t.test('unless this browser was asked to remember', async () => {
    (await ana.press(asked, { code: totp(key, 0), 'remember-browser': '1' }, { action: 'verify' })).redirectsTo(callback, granted);
    await ana.send('/v2/logout');
    (await ana.signIn('ana')).redirectsTo(callback, granted);
    (await ana.silently()).postsMessage(origin, granted);
  });
  await t.test('another browser is asked', async () => {
    assert.match((await new Browser(server).signIn('ana')).response.url.href, /\/u\/mfa\?state=/);
  });
});
