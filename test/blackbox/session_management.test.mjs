// SPDX-License-Identifier: Apache-2.0
// OpenID Connect Session Management 1.0: session_state in answers, and what the frame makes of it.
// In browsers: test/browser/session_management.test.mjs.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { Browser, claims, spa } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { askFrame } from '../support/session_frame.mjs';
import { defaultTenant, webApp } from '../support/tenant.mjs';

const native = { ...spa, client_id: 'phone', name: 'Phone', app_type: 'native', callbacks: ['com.example.app:/cb'], web_origins: [] };
const server = await serve({ tenant: defaultTenant({ clients: [spa, webApp, native] }) });
const origin = spa.web_origins[0];
const html = (await new Browser(server).send('/oidc/check_session')).text;
const shape = /^[\w-]{22}\.[\w-]{22}\.[\w-]{16}$/;

const stateCookie = (browser) => browser.jar.find(/^__Host-tacit-state-[0-9a-f]{8}$/);
const cookies = (browser) => { const c = stateCookie(browser); return c ? `x=y; ${c.name}=${c.value}` : ''; };
const ask = (browser, session_state, changes = {}) => askFrame(html, { cookie: cookies(browser), origin, message: `shop ${session_state}`, ...changes });

async function signedIn(user = 'ana', client = spa) {
  const browser = new Browser(server, { client });
  const answer = await browser.signIn(user);
  return { browser, state: answer.params.session_state };
}
const silent = async (browser, params) => (await browser.silently(params)).params;

test('an answer has a session_state, in every response mode', async (t) => {
  const { browser, state } = await signedIn();
  assert.match(state, shape);
  for (const response_mode of ['query', 'fragment', 'form_post', 'web_message']) {
    await t.test(response_mode, async () => {
      const { params } = await browser.authorize({ prompt: 'none', response_mode });
      assert.match(params.session_state, shape);
      assert.equal(await ask(browser, params.session_state), 'unchanged');
    });
  }
  for (const response_type of ['id_token', 'code id_token', 'code token']) {
    await t.test(response_type, async () => assert.match((await browser.authorize({ prompt: 'none', response_type })).params.session_state, shape));
  }
});

test('none without openid, and none where there is no origin', async () => {
  const { browser } = await signedIn();
  assert.equal((await silent(browser, { scope: 'profile' })).session_state, undefined);
  const phone = await signedIn('ana', native);
  assert.equal(phone.state, undefined);
});

test('it is salted, and changes with nobody', async () => {
  const { browser, state } = await signedIn();
  const next = (await silent(browser)).session_state;
  assert.notEqual(next, state);
  assert.equal(await ask(browser, state), 'unchanged');
  assert.equal(await ask(browser, next), 'unchanged');
});

const leaves = {
  '/v2/logout': ({ browser }) => browser.send('/v2/logout'),
  '/oidc/logout': async ({ browser }) => browser.press(await browser.follow(await browser.send('/oidc/logout')), {}, { action: 'logout' }),
  '/u/logout': async ({ browser }) => browser.press(await browser.send('/u/logout'), {}, { action: 'logout' }),
  'this device, on the own page': async ({ browser }) => {
    const { id_token } = await browser.redeem(await browser.authorize({ prompt: 'none' }));
    return browser.press(await browser.send('/u/account'), {}, { end: claims(id_token).sid });
  },
  'another account': ({ browser }) => browser.signIn('ben', { prompt: 'login' }),
};
for (const [how, leave] of Object.entries(leaves)) {
  test(`the frame says changed after: ${how}`, async () => {
    const it = await signedIn();
    assert.equal(await ask(it.browser, it.state), 'unchanged');
    await leave(it);
    assert.equal(await ask(it.browser, it.state), 'changed');
  });
}

test('of several accounts, when one is signed out', async () => {
  const { browser } = await signedIn();
  const { id_token } = await browser.redeem(await browser.authorize({ prompt: 'none' }));
  await browser.signIn('ben', { prompt: 'login' });
  const { session_state } = (await browser.authorize({ prompt: 'none' })).params;
  assert.equal(await ask(browser, session_state), 'unchanged');
  await browser.send('/oidc/logout', { query: { id_token_hint: id_token } });
  assert.equal(await ask(browser, session_state), 'changed');
});

test('error, never changed, where it cannot know', async (t) => {
  const { browser, state } = await signedIn();
  const elsewhere = await signedIn('ben');
  const rows = {
    'its cookies are withheld': { cookie: '' },
    'its cookies cannot even be asked for': { cookie: null },
    'the cookie is not one': { cookie: `${stateCookie(browser).name}=nonsense` },
    'another cookie jar': { cookie: cookies(elsewhere.browser) },
    'another origin': { origin: 'http://evil.localhost:9' },
    'another client': { message: `office ${state}` },
    'no state': { message: 'shop' },
    'not a text': { message: { shop: state } },
    'a made up one': { message: `shop ${'A'.repeat(22)}.${'A'.repeat(22)}.${'A'.repeat(16)}` },
    'blanks': { message: `shop  ${state}` },
  };
  for (const [name, changes] of Object.entries(rows)) {
    await t.test(name, async () => assert.equal(await ask(browser, state, changes), 'error'));
  }
});

test('nobody signed in: a state for who was here, none for a stranger', async () => {
  const { browser } = await signedIn();
  await browser.send('/v2/logout');
  const out = await browser.silently({});
  assert.equal(out.params.error, 'login_required');
  assert.match(out.params.session_state, shape, 'so that an app sees somebody sign in');
  assert.equal(await ask(browser, out.params.session_state), 'unchanged');
  await browser.signIn('ben');
  assert.equal(await ask(browser, out.params.session_state), 'changed');
  const stranger = new Browser(server);
  const answer = await stranger.silently({});
  assert.equal(answer.params.session_state, undefined);
  assert.equal(stateCookie(stranger), undefined, 'and no cookie');
});

test('a browser from before gets a state with its next answer', async () => {
  const { browser } = await signedIn();
  const { name, value } = browser.sessionCookie;
  const bare = new Browser(server);
  const answer = await bare.authorize({ prompt: 'none' }, { headers: { Cookie: `${name}=${value}` }, jar: undefined });
  assert.match(answer.params.session_state, shape);
  assert.ok(answer.response.rawHeaders.some((h) => h.startsWith('__Host-tacit-state-')));
});

test('the cookie: readable by scripts, secure, and no part of the session', async () => {
  const browser = new Browser(server);
  await browser.signIn('ana');
  const cookie = stateCookie(browser);
  assert.match(cookie.value, /^[\w-]{22}\.[\w-]{22}$/);
  const session = browser.sessionCookie.value;
  for (const part of cookie.value.split('.')) {
    assert.ok(!session.includes(part));
    for (const secret of session.split('.')) {
      const digest = createHash('sha256').update(Buffer.from(secret, 'base64url')).digest('base64url');
      assert.ok(!digest.startsWith(part.slice(0, 16)));
    }
  }
  const made = await browser.send('/v2/logout');
  const headers = made.response.rawHeaders.filter((h) => h.startsWith('__Host-tacit-'));
  const state = headers.find((h) => h.includes('-state-'));
  assert.match(state, /; Path=\/; Secure; SameSite=None; Max-Age=\d+$/);
  assert.doesNotMatch(state, /HttpOnly/);
  assert.match(headers.find((h) => !h.includes('-state-')), /HttpOnly/);
});

test('the frame is one script by its hash, for anybody to embed, and nothing else', async () => {
  const answer = await new Browser(server).send('/oidc/check_session');
  const csp = answer.response.header('content-security-policy');
  const script = /<script>([\s\S]*)<\/script>/.exec(answer.text)[1];
  assert.ok(csp.includes(`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`));
  assert.match(csp, /default-src 'none'/);
  assert.match(csp, /frame-ancestors http: https:$/);
  assert.equal(answer.response.header('x-frame-options'), undefined);
  assert.equal(answer.response.header('cross-origin-resource-policy'), 'cross-origin');
  assert.equal(answer.response.header('set-cookie'), undefined);
});

test('a log-out that no cookie came with leaves no state behind', async () => {
  const frame = await new Browser(server).send('/v2/logout');
  assert.equal(frame.response.header('set-cookie'), undefined);
});
