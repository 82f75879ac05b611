// SPDX-License-Identifier: Apache-2.0
// Signing out: OpenID Connect RP-Initiated Logout 1.0; auth0-wire 6.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, spa } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, webApp } from '../support/tenant.mjs';

const home = spa.allowed_logout_urls[0];
const withQuery = { ...spa, name: 'Query', client_id: 'query', allowed_logout_urls: ['http://app.localhost:9/bye?from=op'] };
const tenant = defaultTenant({ tenant: { allowed_logout_urls: ['http://tenant.localhost:9/'] }, clients: [spa, webApp, withQuery] });
const server = await serve({ tenant });

async function signedIn(user = 'ana', client = spa) {
  const browser = new Browser(server, { client });
  await browser.signIn(user);
  return browser;
}

const isSignedIn = async (browser) => 'code' in (await browser.authorize({ prompt: 'none' })).params;
const idToken = async (browser, params) => (await browser.redeem(await browser.authorize({ prompt: 'none', ...params }))).id_token;

test('/v2/logout ends the session and goes where the client allows', async (t) => {
  const rows = {
    [`?client_id=shop&returnTo=${encodeURIComponent(home)}`]: home,
    [`?client_id=shop&returnTo=${encodeURIComponent(`${home}?a=b`)}`]: `${home}?a=b`,
    '?client_id=shop': home,
    [`?returnTo=${encodeURIComponent('http://tenant.localhost:9/')}`]: 'http://tenant.localhost:9/',
    [`?client_id=shop&returnTo=${encodeURIComponent(home)}&federated`]: home,
  };
  for (const [query, location] of Object.entries(rows)) {
    await t.test(query, async () => {
      const browser = await signedIn();
      const answer = await browser.send(`/v2/logout${query}`);
      assert.equal(answer.status, 302, answer.text);
      assert.equal(answer.location, location);
      assert.equal(await isSignedIn(browser), false);
    });
  }
});

test('/v2/logout without anywhere to go says OK', async () => {
  const browser = await signedIn();
  const answer = await browser.send('/v2/logout');
  assert.equal(answer.status, 200);
  assert.equal(answer.text, 'OK');
  assert.equal(browser.sessionCookie, undefined, 'the cookie is deleted');
  assert.equal(await isSignedIn(browser), false);
});

test('/v2/logout to a URL that is not allowed names it, and ends nothing', async (t) => {
  const bad = ['http://evil.localhost:9/', 'http://tenant.localhost:9/', `${home}deeper`, 'http://app.localhost:9@evil.example/', 'javascript:alert(1)',
    `${home}#x`, 'http://app.localhost:9/\r\nSet-Cookie: a=b'];
  const browser = await signedIn();
  for (const url of bad) {
    await t.test(JSON.stringify(url), async () => {
      const answer = await browser.send('/v2/logout', { query: { client_id: 'shop', returnTo: url } });
      answer.isPage(400);
      assert.match(answer.text, /logout_url_mismatch/);
    });
  }
  (await browser.send('/v2/logout', { query: { client_id: 'nobody' } })).isPage(400);
  assert.equal(await isSignedIn(browser), true);
});

test('a kept cookie of an ended session is told so', async () => {
  const browser = await signedIn();
  const cookie = browser.sessionCookie;
  await browser.send('/v2/logout');
  const answer = await browser.authorize({ prompt: 'none' }, { cookies: true, jar: undefined, headers: { Cookie: `${cookie.name}=${cookie.value}` } });
  answer.because('session_revoked');
});

test('/oidc/logout with a hint of this session does not ask', async (t) => {
  for (const method of ['GET', 'POST']) {
    await t.test(method, async () => {
      const browser = await signedIn();
      const asked = { id_token_hint: await idToken(browser), post_logout_redirect_uri: home, state: 'a b&c=d~' };
      const answer = await browser.send('/oidc/logout', method === 'GET' ? { query: asked } : { form: asked });
      assert.equal(answer.status, method === 'GET' ? 302 : 303, answer.text);
      assert.equal(answer.location, `${home}?state=a%20b%26c%3Dd~`);
      assert.equal(await isSignedIn(browser), false);
      assert.equal(browser.sessionCookie, undefined);
    });
  }
});

test('the state is added to a query that is there, and nothing without one', async () => {
  const browser = await signedIn('ana', withQuery);
  const hint = await idToken(browser);
  const uri = withQuery.allowed_logout_urls[0];
  assert.equal((await browser.send('/oidc/logout', { query: { id_token_hint: hint, post_logout_redirect_uri: uri, state: 's' } })).location, `${uri}&state=s`);
  assert.equal((await browser.send('/oidc/logout', { query: { id_token_hint: hint, post_logout_redirect_uri: uri } })).location, uri);
});

test('logout_hint names the session too', async () => {
  const browser = await signedIn();
  const { sid } = JSON.parse(Buffer.from((await idToken(browser)).split('.')[1], 'base64url'));
  const answer = await browser.send('/oidc/logout', { query: { logout_hint: sid, client_id: 'shop', post_logout_redirect_uri: home } });
  assert.equal(answer.location, home);
  assert.equal(await isSignedIn(browser), false);
});

test('without a hint it asks first; then all is ended', async () => {
  const browser = await signedIn();
  const asked = await browser.send('/oidc/logout', { query: { client_id: 'shop', post_logout_redirect_uri: home, state: 'xyz' } });
  const page = await browser.follow(asked);
  page.isPage(200);
  assert.equal(await isSignedIn(browser), true, 'a question alone ends nothing');
  const done = await browser.press(page, {}, { action: 'logout' });
  assert.equal(done.location, `${home}?state=xyz`);
  assert.equal(await isSignedIn(browser), false);
  assert.equal(browser.sessionCookie, undefined);
});

test('without anything at all it asks, and says that one is signed out', async () => {
  const browser = await signedIn();
  const page = await browser.follow(await browser.send('/oidc/logout'));
  const done = await browser.press(page, {}, { action: 'logout' });
  done.isPage(200);
  assert.equal(await isSignedIn(browser), false);
});

test('nobody is asked when nobody is signed in', async () => {
  const browser = new Browser(server);
  (await browser.send('/oidc/logout')).isPage(200);
  assert.equal((await browser.send('/oidc/logout', { query: { client_id: 'shop', post_logout_redirect_uri: home } })).location, home);
});

test("a hint of another session or user asks first", async () => {
  const elsewhere = await signedIn('ben');
  const hint = await idToken(elsewhere);
  const browser = await signedIn();
  const page = await browser.follow(await browser.send('/oidc/logout', { query: { id_token_hint: hint, post_logout_redirect_uri: home } }));
  page.isPage(200);
  assert.equal(await isSignedIn(browser), true);
  assert.equal(await isSignedIn(elsewhere), true);
  const done = await browser.press(page, {}, { action: 'logout' });
  assert.equal(done.location, home);
  assert.equal(await isSignedIn(browser), false);
  assert.equal(await isSignedIn(elsewhere), true, 'the session of the hint is not of this browser');
});

test('of several accounts only the one of the hint is signed out', async () => {
  const browser = await signedIn('ana');
  const hint = await idToken(browser);
  await browser.signIn('ben', { prompt: 'login' });
  const answer = await browser.send('/oidc/logout', { query: { id_token_hint: hint, post_logout_redirect_uri: home } });
  assert.equal(answer.location, home);
  assert.ok(browser.sessionCookie);
  assert.equal(await isSignedIn(browser), true);
  (await browser.authorize({ prompt: 'none', id_token_hint: hint })).because('session_revoked');
});

test('a bad hint or a bad URL is a page, and ends nothing', async (t) => {
  const browser = await signedIn();
  const hint = await idToken(browser);
  const [head, payload] = hint.split('.');
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
  const rows = {
    'alg none': { id_token_hint: unsigned, post_logout_redirect_uri: home },
    'a changed signature': { id_token_hint: `${head}.${payload}.AAAA`, post_logout_redirect_uri: home },
    'another client': { id_token_hint: hint, client_id: 'office', post_logout_redirect_uri: webApp.allowed_logout_urls[0] },
    'not registered': { id_token_hint: hint, post_logout_redirect_uri: 'http://evil.localhost:9/' },
    'a query added': { id_token_hint: hint, post_logout_redirect_uri: `${home}?a=b` },
    'no client, no hint': { post_logout_redirect_uri: home },
    'a client that is not there': { client_id: 'nobody', post_logout_redirect_uri: home },
    'twice': [['client_id', 'shop'], ['client_id', 'office']],
  };
  for (const [name, query] of Object.entries(rows)) {
    await t.test(name, async () => {
      (await browser.send('/oidc/logout', { query })).isPage(400);
    });
  }
  assert.equal(await isSignedIn(browser), true);
});

test('the way back is good once, and in this browser only', async () => {
  const browser = await signedIn();
  const asked = await browser.send('/oidc/logout', { query: { client_id: 'shop' } });
  const id = new URL(asked.location).searchParams.get('state');
  const resume = `/oidc/logout/resume?state=${id}`;
  (await new Browser(server).send(resume)).isPage(400);
  assert.match((await browser.send(resume)).location, /\/u\/logout\?state=/, 'not before the question is answered');
  await browser.press(await browser.follow(asked), {}, { action: 'logout' });
  (await browser.send(resume)).isPage(400);
});

test('a tenant may do without the question', async (t) => {
  const own = await serve({ tenant: { ...tenant, tenant: { ...tenant.tenant, sessions: { oidc_logout_prompt_enabled: false } } }, test: t });
  const browser = new Browser(own);
  await browser.signIn('ana');
  const answer = await browser.send('/oidc/logout', { query: { client_id: 'shop', post_logout_redirect_uri: home } });
  assert.equal(answer.location, home);
  assert.equal(await isSignedIn(browser), false);
});

const ways = {
  '/v2/logout': ({ browser }) => browser.send('/v2/logout'),
  '/oidc/logout with a hint': ({ browser, tokens }) => browser.send('/oidc/logout', { query: { id_token_hint: tokens.id_token } }),
  '/oidc/logout, asked first': async ({ browser }) => browser.press(await browser.follow(await browser.send('/oidc/logout')), {}, { action: 'logout' }),
  '/u/logout': async ({ browser }) => browser.press(await browser.send('/u/logout'), {}, { action: 'logout' }),
  'tacit session revoke': async ({ sid }) => assert.equal((await server.command('session', 'revoke', sid)).code, 0),
  'the own page': async ({ browser, sid }) => browser.press(await browser.send('/u/account'), {}, { end: sid }),
  'the own page of another device': async ({ sid }) => {
    const elsewhere = await signedIn();
    return elsewhere.press(await elsewhere.send('/u/account'), {}, { end: sid });
  },
};
for (const [how, end] of Object.entries(ways)) {
  test(`the session's refresh tokens end with it: ${how}`, async () => {
    const browser = await signedIn();
    const tokens = await browser.redeem(await browser.authorize({ prompt: 'none', scope: 'openid offline_access' }));
    const refresh = (token) => browser.token({ grant_type: 'refresh_token', refresh_token: token });
    const second = (await refresh(tokens.refresh_token)).response.json;
    assert.ok(second.access_token, 'until then it is good');
    const { sid } = JSON.parse(Buffer.from(tokens.id_token.split('.')[1], 'base64url'));
    await end({ browser, tokens, sid });
    const answer = await refresh(second.refresh_token ?? tokens.refresh_token);
    assert.equal(answer.status, 400);
    assert.equal(answer.response.json.error, 'invalid_grant');
  });
}

test('the page that says so is the tenant\'s: its name, its languages, and whom to ask', async (t) => {
  const own = await serve({ test: t, tenant: defaultTenant({ tenant: { support_email: 'help@example.com', enabled_locales: ['es', 'en'] } }) });
  const asked = await new Browser(own).send('/oidc/logout?ui_locales=en');
  const browser = new Browser(own);
  await browser.signIn('ana');
  const ask = await browser.follow(await browser.send('/oidc/logout?ui_locales=en'));
  for (const answer of [asked, await browser.press(ask, {}, { action: 'logout' })]) {
    answer.isPage(200);
    assert.match(answer.text, /<h1>You are signed out<\/h1>/);
    assert.match(answer.text, /<p class="site">Tests<\/p>/);
    assert.match(answer.text, /<a href="mailto:help@example\.com">/);
    assert.doesNotMatch(answer.text, /hreflang="pt-BR"/);
  }
});
