// SPDX-License-Identifier: Apache-2.0
// Settings of the contract, seen from outside: what they do, at their edges, and when.
import assert from 'node:assert/strict';
import { pbkdf2Sync } from 'node:crypto';
import { test } from 'node:test';

import { Browser, claims, refusal, spa } from '../support/browser.mjs';
import { until } from '../support/actions.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, webApp } from '../support/tenant.mjs';

const [callback] = spa.callbacks;
const isCode = (answer) => answer.redirectsTo(callback, { code: /./, state: 'xyz' });
const silent = async (browser, params) => (await browser.silently(params)).params;
const expires = refusal('login_required', 'Login required');

test('default_audience: a request that names no API gets a JWT for that one', async (t) => {
  const server = await serve({ test: t, tenant: defaultTenant({ tenant: { default_audience: 'https://api.example' } }) });
  const browser = new Browser(server);
  const { access_token: token } = await browser.redeem(await browser.signIn('ana', { scope: 'openid read:orders' }));
  assert.ok([claims(token).aud].flat().includes('https://api.example'));
  assert.equal(claims(token).scope, 'openid read:orders');
  const { access_token: front } = (await browser.authorize({ prompt: 'none', response_type: 'token id_token' })).params;
  assert.ok([claims(front).aud].flat().includes('https://api.example'));
});

test('enabled_locales: the first is the default, and no other language is offered', async (t) => {
  const server = await serve({ test: t, tenant: defaultTenant({ tenant: { enabled_locales: ['pt-BR', 'es'] } }) });
  const browser = new Browser(server);
  for (const [asked, shown] of [[undefined, 'pt-BR'], ['en', 'pt-BR'], ['es', 'es'], ['de es', 'es']]) {
    const page = await browser.follow(await browser.authorize({ ui_locales: asked }));
    assert.match(page.text, new RegExp(`<html lang="${shown}">`), asked);
    assert.doesNotMatch(page.text, /hreflang="en"/);
  }
});

test('support_email is a link on the pages of the sign-in, and where somebody is stuck', async (t) => {
  const server = await serve({ test: t, tenant: defaultTenant({ tenant: { support_email: 'help@example.com' } }) });
  const browser = new Browser(server);
  assert.match((await browser.follow(await browser.authorize())).text, /<a href="mailto:help@example\.com">/);
  const stuck = await browser.send('/u/login?state=none');
  assert.match(stuck.isPage(400).text, /<p class="site">Tests<[\s\S]*<a href="mailto:help@example\.com">/);
});

test('imported password hashes: good at once, replaced at the first sign-in, never a way in for another', async (t) => {
  const salt = Buffer.from('a salt of tests!');
  const b64 = (bytes) => Buffer.from(bytes).toString('base64').replace(/=+$/, '');
  const hashes = {
    bcrypt: '$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e', // "correct horse" by crypt(3)
    pbkdf2: `$pbkdf2-sha256$i=1000$${b64(salt)}$${b64(pbkdf2Sync('correct horse', salt, 1000, 32, 'sha256'))}`,
  };
  const people = Object.entries(hashes).map(([kind, hash]) => ({ email: `${kind}@example.com`, password_hash: hash }));
  const server = await serve({ test: t, tenant: defaultTenant({ users: people }) });
  const stored = async (email) => {
    const { stdout } = await server.command('export', '--secrets');
    return new RegExp(`email: "?${email}"?[\\s\\S]*?password_hash: "?([^"\\n]+)`).exec(stdout)?.[1];
  };
  for (const { email, password_hash: before } of people) {
    assert.equal(await stored(email), before);
    assert.equal((await new Browser(server).signIn({ email, password: 'wrong horse' })).status, 400);
    isCode(await new Browser(server).signIn({ email, password: 'correct horse' }));
    await new Promise((done) => { setTimeout(done, 1500); });
    assert.match(await stored(email), /^\$argon2id\$/, email);
    isCode(await new Browser(server).signIn({ email, password: 'correct horse' }));
  }
  await server.apply(server.tenant);
  isCode(await new Browser(server).signIn({ email: people[0].email, password: 'correct horse' }));
  assert.match(await stored(people[0].email), /^\$argon2id\$/, 'the file does not put the old kind back');
});

test('a session whose cookie ends with the browser has lifetimes of its own', async (t) => {
  const lifetimes = { session_cookie: { mode: 'non-persistent' }, ephemeral_session_lifetime_in_minutes: 20, idle_ephemeral_session_lifetime_in_minutes: 10 };
  const server = await serve({ test: t, tenant: defaultTenant({ tenant: lifetimes }) });
  const browser = new Browser(server);
  isCode(await browser.signIn('ana'));
  assert.equal(browser.sessionCookie.attributes['max-age'], undefined);
  assert.equal(browser.sessionCookie.attributes.expires, undefined);
  const at = (seconds) => server.restart({ env: { TACIT_CLOCK_OFFSET: String(seconds) } });
  await at(595);
  assert.ok((await silent(browser)).code);
  await at(1190);
  assert.ok((await silent(browser)).code);
  await at(1206);
  (await browser.silently()).postsMessage(spa.web_origins[0], expires).because('session_expired');
});

test('raising a lifetime acts on new sessions only', async (t) => {
  const tenant = (minutes) => defaultTenant({ tenant: { session_lifetime_in_minutes: minutes, idle_session_lifetime_in_minutes: minutes } });
  const server = await serve({ test: t, tenant: tenant(10) });
  const [before, after] = [new Browser(server), new Browser(server)];
  await before.signIn('ana');
  await server.apply(tenant(60));
  await new Promise((done) => { setTimeout(done, 1000); });
  await after.signIn('ana');
  await server.restart({ env: { TACIT_CLOCK_OFFSET: '660' } });
  assert.equal((await silent(before)).error, 'login_required');
  assert.ok((await silent(after)).code);
});

test("lowering an API's token_lifetime ends the tokens that are older by now", async (t) => {
  const tenant = defaultTenant();
  const server = await serve({ test: t, tenant });
  const browser = new Browser(server, { client: webApp });
  const ask = { scope: 'openid', audience: 'https://api.example' };
  const { access_token: token } = await browser.redeem(await browser.signIn('ana', ask));
  const active = async () => (await browser.send('/oauth/introspect', { jar: undefined, method: 'POST',
    form: { token, client_id: webApp.client_id, client_secret: webApp.client_secret } })).response.json.active;
  assert.equal(await active(), true);
  tenant.resourceServers[0].token_lifetime = 1;
  await server.apply(tenant);
  await until(async () => !(await active()), 'it is over');
});

test('a browser holds ten accounts; of eleven the one that was used longest ago goes', async (t) => {
  const people = Array.from({ length: 11 }, (_, i) => ({ email: `p${i}@example.com`, user_id: `auth0|p${i}`, password: 'correct horse' }));
  const server = await serve({ test: t, tenant: defaultTenant({ users: people }), args: ['--no-limits'] });
  const browser = new Browser(server);
  for (const [i, person] of people.entries()) {
    await server.restart({ env: { TACIT_CLOCK_OFFSET: String(i * 10) } });
    isCode(await browser.signIn(person, { prompt: 'login' }));
  }
  const here = [];
  for (const { user_id: id } of people) here.push((await silent(browser, { login_hint: id })).error ?? 'ok');
  assert.deepEqual(here, ['login_required', ...Array(10).fill('ok')]);
});
