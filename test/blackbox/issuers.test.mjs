// SPDX-License-Identifier: Apache-2.0
// One tenant under several host names: `iss` is the host that was asked, each host has its own
// cookie, and what one name issued is known under the other.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, challenge, claims, spa } from '../support/browser.mjs';
import { request } from '../support/http.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant } from '../support/tenant.mjs';

const server = await serve({ host: 'auth.ex.localhost', tenant: defaultTenant({ customDomains: [{ domain: 'login.shop.localhost' }] }) });
const other = { issuer: `http://login.shop.localhost:${server.port}/`, origin: `http://login.shop.localhost:${server.port}`, tenant: server.tenant };
const own = new Browser(server);
const second = new Browser(other);
await own.signIn('ana');
await second.signIn('ana');

async function tokensAt(browser) {
  const answer = await browser.authorize({ prompt: 'none' });
  assert.ok(answer.params.code, JSON.stringify(answer.params));
  return { answer, tokens: await browser.redeem(answer) };
}

test('iss is the host that was asked', async () => {
  for (const [browser, issuer] of [[own, server.issuer], [second, other.issuer]]) {
    const { answer, tokens } = await tokensAt(browser);
    assert.equal(answer.params.iss, issuer);
    assert.equal(claims(tokens.id_token).iss, issuer);
    const discovery = (await request(`${issuer}.well-known/openid-configuration`)).json;
    assert.equal(discovery.issuer, issuer);
    for (const name of ['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri']) assert.ok(discovery[name].startsWith(issuer), name);
    const refused = await new Browser({ ...other, origin: browser.server.origin }).authorize({ prompt: 'none' });
    assert.ok(refused.params.error_uri.startsWith(`${issuer}why/`));
  }
});

test('each issuer has a cookie name of its own', () => {
  assert.notEqual(own.sessionCookie.name, second.sessionCookie.name);
});

test('a hint that one name issued is good under the other', async () => {
  const { tokens } = await tokensAt(own);
  const answer = await second.authorize({ prompt: 'none', id_token_hint: tokens.id_token });
  assert.ok(answer.params.code, JSON.stringify(answer.params));
});

test('a token of one name opens /userinfo under the other', async () => {
  const { tokens } = await tokensAt(own);
  const reply = await request(`${other.issuer}userinfo`, { headers: { Authorization: `Bearer ${tokens.access_token}` } });
  assert.equal(reply.status, 200);
});

test('a name that is nobody\'s is answered as the tenant\'s own, and sees no cookie', async () => {
  const query = new URLSearchParams({ client_id: spa.client_id, redirect_uri: spa.callbacks[0], response_type: 'code', scope: 'openid', prompt: 'none', code_challenge: challenge, code_challenge_method: 'S256' });
  const reply = await request(`http://127.0.0.1:${server.port}/authorize?${query}`, { headers: { Host: 'evil.example' } });
  assert.equal(new URL(reply.header('location')).searchParams.get('error'), 'login_required');
  assert.equal(new URL(reply.header('location')).searchParams.get('iss'), server.issuer);
});
