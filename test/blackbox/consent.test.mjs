// SPDX-License-Identifier: Apache-2.0
// Consent: by user, client, API and scope; what the page says; who skips it; how it is taken back.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, refusal, spa } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, users } from '../support/tenant.mjs';

const orders = 'https://api.example';
const strict = 'https://strict.example';
const many = Array.from({ length: 80 }, (_, i) => `part:${String(i).padStart(2, '0')}`);
const guest = { ...spa, name: 'Guest', client_id: 'guest', is_first_party: false, callbacks: ['http://guest.localhost:9/cb'], web_origins: ['http://guest.localhost:9'] };
const local = { ...spa, name: 'Local', client_id: 'local', callbacks: ['http://localhost:5173/', 'http://127.0.0.1:5173/'], web_origins: ['http://localhost:5173', 'http://127.0.0.1:5173'] };
const tenant = (changes) => defaultTenant({
  clients: [spa, guest, local],
  resourceServers: [
    { name: 'Orders', identifier: orders, scopes: [{ value: 'read:orders', description: 'See your orders' }, { value: 'write:orders' }] },
    { name: 'Strict', identifier: strict, scopes: [{ value: 'read:all' }], skip_consent_for_verifiable_first_party_clients: false },
    { name: 'Many', identifier: 'https://many.example', scopes: many.map((value) => ({ value })) },
  ],
  users,
  ...changes,
});
const server = await serve({ tenant: tenant() });
const [callback] = guest.callbacks;

const isCode = (answer, uri = callback) => answer.redirectsTo(uri, { code: /./, state: 'xyz' });
const accept = (browser, at) => browser.press(at, {}, { action: 'accept' });
const silent = async (browser, params) => {
  const { params: answer } = await browser.authorize({ prompt: 'none', ...params });
  return answer.error ?? 'ok';
};
/** What the page asks for, as a person reads it. */
const asked = (at) => {
  const [, list] = /<ul class="scopes"[^>]*>([\s\S]*?)<\/ul>/.exec(at.isPage(200).text);
  return [...list.matchAll(/<li>([\s\S]*?)<\/li>/g)].map(([, item]) => item.replace(/<[^>]+>/g, '').trim());
};
const asks = async (browser, params) => browser.follow(await browser.authorize(params));
const signIn = async (client, user, params) => {
  const browser = new Browser(server, { client });
  return { browser, at: await browser.signIn(user, params) };
};

test('the page has words for each scope, the API\'s own and ours, in three languages', async () => {
  const scope = 'openid profile email phone address offline_access read:orders write:orders';
  const words = {
    en: ['Know who you are', 'See your name and profile', 'See your e-mail address'],
    'pt-BR': ['Saber quem você é'],
    es: ['Saber quién es usted'],
  };
  for (const [locale, some] of Object.entries(words)) {
    const { at } = await signIn(guest, 'ana', { scope, audience: orders, ui_locales: locale });
    const list = asked(at);
    assert.equal(list.length, 8, locale);
    assert.ok(list.includes('See your orders read:orders') && list.includes('write:orders'), `${list}`);
    assert.ok(list.every((item) => !/^(openid|profile|email|phone|address|offline_access)\b/.test(item)), `${list}`);
    if (locale === 'en') for (const item of some) assert.ok(list.includes(item), item);
    assert.match(at.text, /Guest/);
    assert.match(at.text, /Orders/);
    assert.match(at.text, /ana@example\.com/);
  }
  const { at } = await signIn(guest, 'ana', { scope: 'openid online_access' });
  assert.ok(asked(at).every((item) => item !== 'online_access'), `${asked(at)}`);
});

test('every scope that is granted is shown, however many', async () => {
  const { browser, at } = await signIn(guest, 'ana', { scope: `openid ${many.join(' ')}`, audience: 'https://many.example' });
  const list = asked(at);
  for (const value of many) assert.ok(list.includes(value), `${value} is not shown`);
  await browser.press(at, {}, { action: 'deny' });
});

test('row 18 in each response mode, and /why names the missing scopes', async () => {
  const { browser, at } = await signIn(guest, 'ben', { scope: 'openid' });
  isCode(await accept(browser, at));
  const missing = { scope: 'openid email phone', prompt: 'none' };
  const expected = refusal('consent_required', 'Consent required');
  const modes = {
    web_message: (a) => a.postsMessage(guest.web_origins[0], expected),
    query: (a) => a.redirectsTo(callback, expected, 'query'),
    fragment: (a) => a.redirectsTo(callback, expected, 'fragment'),
    form_post: (a) => a.postsForm(callback, expected),
  };
  for (const [mode, holds] of Object.entries(modes)) {
    const answer = await browser.authorize({ ...missing, response_mode: mode });
    holds(answer);
    answer.because('consent_missing').isNeverCached();
  }
  const { params } = await browser.authorize(missing);
  await new Promise((done) => { setTimeout(done, 1200); });
  const why = await browser.send(params.error_uri);
  assert.match(why.isPage(200).text, /email phone/);
  assert.doesNotMatch(why.text, /ben@example|auth0\|/);
});

test('only what is new is asked, and all of it again with prompt=consent', async () => {
  const { browser, at } = await signIn(guest, 'ana', { scope: 'openid email' });
  assert.deepEqual(asked(at), ['Know who you are', 'See your e-mail address']);
  isCode(await accept(browser, at));
  const more = await asks(browser, { scope: 'openid email phone' });
  assert.deepEqual(asked(more), ['See your phone number']);
  isCode(await accept(browser, more));
  isCode(await asks(browser, { scope: 'openid phone' }));
  const again = await asks(browser, { scope: 'openid email', prompt: 'consent' });
  assert.deepEqual(asked(again), ['Know who you are', 'See your e-mail address']);
  isCode(await accept(browser, again));
  const other = await asks(browser, { scope: 'openid', audience: orders });
  assert.equal(asked(other).length, 1, 'a grant is for one API');
});

test('a grant is of one person, and of one application', async () => {
  const third = { ...guest, name: 'Third', client_id: 'third' };
  await server.apply(tenant({ clients: [spa, guest, local, third] }));
  await new Promise((done) => { setTimeout(done, 1000); });
  const { browser, at } = await signIn(guest, 'ana', { scope: 'openid address', prompt: 'consent' });
  isCode(await accept(browser, at));
  assert.equal(await silent(new Browser(server, { client: third, jar: browser.jar }), { scope: 'openid address' }), 'consent_required');
  const ben = await signIn(guest, 'ben', { scope: 'openid address' });
  assert.ok(asked(ben.at).includes('See your postal address'));
});

test('first parties are asked where the API insists, and nowhere else', async () => {
  const { browser, at } = await signIn(spa, 'ana', { scope: 'openid email read:orders', audience: orders });
  isCode(at, spa.callbacks[0]);
  assert.equal(await silent(browser, { scope: 'openid read:all', audience: strict }), 'consent_required');
  const page = await asks(browser, { scope: 'openid read:all', audience: strict });
  assert.match(page.text, /Strict/);
  isCode(await accept(browser, page), spa.callbacks[0]);
  assert.equal(await silent(browser, { scope: 'openid read:all', audience: strict }), 'ok');
});

test('an application on localhost is a first party like any other', async () => {
  for (const uri of local.callbacks) {
    const { browser, at } = await signIn(local, 'ana', { redirect_uri: uri, scope: 'openid read:orders', audience: orders });
    isCode(at, uri);
    assert.equal(await silent(browser, { redirect_uri: uri, scope: 'openid read:orders', audience: orders }), 'ok');
  }
});

test('an administrator takes a grant back, with the refresh tokens that live by it', async () => {
  const scope = 'openid email offline_access';
  const { browser, at } = await signIn(guest, 'ben', { scope, prompt: 'consent' });
  const tokens = await browser.redeem(await accept(browser, at));
  const { stdout } = await server.command('grant', 'list', '--user', 'ben@example.com', '--json');
  const grants = JSON.parse(stdout).filter((grant) => (grant.client_id ?? grant.clientID) === 'guest');
  assert.equal(grants.length, 1, stdout);
  assert.equal((await server.command('grant', 'delete', grants[0].grant_id ?? grants[0].id)).code, 0);
  assert.equal(await silent(browser, { scope }), 'consent_required');
  const refreshed = await browser.token({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token });
  assert.equal(refreshed.response.json.error, 'invalid_grant');
});

test('two tabs, going back, and a stale form end well', async () => {
  const { browser, at } = await signIn(guest, 'ana', { scope: 'openid profile', audience: orders });
  const second = await asks(browser, { scope: 'openid profile', audience: orders });
  isCode(await accept(browser, at));
  isCode(await accept(browser, second), callback);
  const back = await accept(browser, at);
  assert.equal(back.isPage(400).status, 400);
  assert.match(back.text, /out of date/);
  assert.equal(await silent(browser, { scope: 'openid profile', audience: orders }), 'ok');
});
