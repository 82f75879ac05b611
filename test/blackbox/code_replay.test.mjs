// SPDX-License-Identifier: Apache-2.0
// A code that comes twice (RFC 6749, 4.1.2; RFC 9700, 4.5): the second use is refused, and all that
// the first gave ends, however late it comes, and whatever became of the session.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, verifier } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, webApp } from '../support/tenant.mjs';

const [jwt, opaque] = ['https://api.example', 'https://opaque.example'];
const tenant = defaultTenant({ tenant: { authorization_code_lifetime: 60 }, clients: [webApp], resourceServers: [
  { name: 'Orders', identifier: jwt, scopes: [{ value: 'read:orders' }] },
  { name: 'Opaque', identifier: opaque, scopes: [{ value: 'read:opaque' }], token_format: 'opaque' },
] });

async function begin(t) {
  const server = await serve({ tenant, test: t, env: { TACIT_CLOCK_OFFSET: '0' } });
  const browser = new Browser(server, { client: webApp });
  await browser.signIn('ana');
  return { server, browser };
}

const secret = { client_id: webApp.client_id, client_secret: webApp.client_secret };
const post = (browser, path, form) => browser.send(path, { jar: undefined, form: { ...secret, ...form } });
const active = async (browser, token) => (await post(browser, '/oauth/introspect', { token })).response.json.active;
const userinfo = async (browser, token) => (await browser.send('/userinfo', { jar: undefined, headers: { Authorization: `Bearer ${token}` } })).status;
const refresh = (browser, refresh_token) => browser.token({ grant_type: 'refresh_token', refresh_token });

/** A code, what it gave, and what the refresh token gave after it. */
async function spend(browser, audience) {
  const answer = await browser.authorize({ prompt: 'none', audience, scope: 'openid offline_access' });
  const first = await browser.redeem(answer);
  const second = (await refresh(browser, first.refresh_token)).response.json;
  for (const { access_token: token } of [first, second]) assert.deepEqual([await active(browser, token), await userinfo(browser, token)], [true, 200]);
  return { code: answer.params.code, first, second };
}

async function replay(browser, code) {
  const answer = await browser.token({ grant_type: 'authorization_code', code, redirect_uri: webApp.callbacks[0], code_verifier: verifier });
  assert.equal(answer.status, 400);
  assert.equal(answer.response.json.error, 'invalid_grant');
  assert.match(answer.response.json.error_uri, /\/why\/code_reused\?/);
}

async function allEnded(browser, { first, second }) {
  for (const { access_token: token } of [first, second]) assert.deepEqual([await active(browser, token), await userinfo(browser, token)], [false, 401]);
  for (const { refresh_token: token } of [first, second]) {
    assert.equal((await refresh(browser, token)).response.json.error, 'invalid_grant');
    assert.equal(await active(browser, token), false);
  }
}

for (const [name, audience] of [['JWT', jwt], ['opaque, of an API', opaque], ['opaque, for /userinfo', undefined]]) {
  test(`at once: access tokens that are ${name}, and refresh tokens`, async (t) => {
    const { browser } = await begin(t);
    const spent = await spend(browser, audience);
    const other = await spend(browser, audience);
    await replay(browser, spent.code);
    await allEnded(browser, spent);
    assert.equal(await active(browser, other.second.access_token), true, 'what another code gave lives on');
  });
}

for (const seconds of [30, 90, 3000]) {
  test(`${seconds} seconds later, by a server that was started anew`, async (t) => {
    const { server, browser } = await begin(t);
    const spent = [await spend(browser, jwt), await spend(browser, undefined)];
    await server.restart({ env: { TACIT_CLOCK_OFFSET: String(seconds) } });
    for (const one of spent) {
      await replay(browser, one.code);
      await allEnded(browser, one);
    }
  });
}

test('after a log-out, which leaves offline refresh tokens', async (t) => {
  const { browser } = await begin(t);
  const spent = await spend(browser, jwt);
  await browser.send('/v2/logout');
  assert.equal(await active(browser, spent.second.refresh_token), true);
  await replay(browser, spent.code);
  await allEnded(browser, spent);
});

test('what the front channel gave with the code ends with it', async (t) => {
  const hybrid = { ...webApp, grant_types: ['authorization_code', 'implicit', 'refresh_token'] };
  const server = await serve({ tenant: { ...tenant, clients: [hybrid] }, test: t });
  const browser = new Browser(server, { client: hybrid });
  await browser.signIn('ana');
  const answer = await browser.authorize({ prompt: 'none', response_type: 'code token', audience: jwt });
  const { code, access_token: token } = answer.params;
  await browser.redeem(answer);
  assert.equal(await active(browser, token), true);
  await replay(browser, code);
  assert.equal(await active(browser, token), false);
});

test('a stranger with the code, and without what it is bound to, ends nothing', async (t) => {
  const { browser } = await begin(t);
  const spent = await spend(browser, jwt);
  const wrong = await browser.token({ grant_type: 'authorization_code', code: spent.code, redirect_uri: webApp.callbacks[0], code_verifier: `${verifier}x` });
  assert.equal(wrong.status, 400);
  assert.equal(await active(browser, spent.second.access_token), true);
});
