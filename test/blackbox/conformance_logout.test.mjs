// SPDX-License-Identifier: Apache-2.0
// RP-initiated, front-channel and back-channel logout and session management, as an independent
// test-suite asks for them: a test a module. What it would only warn of fails.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';

import { jwtVerify } from 'jose';

import { makeAuthority } from '../support/ca.mjs';
import { jwt, makeKey, signedBy } from '../support/jwt.mjs';
import { isErrorPage, openProvider } from '../support/party.mjs';
import { askFrame } from '../support/session_frame.mjs';
import { logoutToken, serveTold } from '../support/told.mjs';

const authority = makeAuthority();
after(() => authority.remove());
const told = await serveTold(authority);
const provider = await openProvider({ settings: { outgoing_private_hosts: [told.host] }, env: { SSL_CERT_FILE: authority.file } });
const metadata = await provider.metadata();
const back = 'https://rp.example/post_logout_redirect';
const front = 'https://rp.example/frontchannel_logout';
const longState = () => randomBytes(96).toString('base64url');

/** Registers, signs in, has `during` log out by `end`, and unregisters. */
const signedIn = (changes, during) => provider.during({ post_logout_redirect_uris: [back], ...changes }, async (party) => {
  const tokens = await party.signIn();
  const end = (query) => party.browser.send(metadata.end_session_endpoint, { query });
  const isSignedIn = async () => !(await party.browser.authorize(party.request({ prompt: 'none' }))).params.error;
  await during({ party, tokens, end, isSignedIn, hint: tokens.id_token });
});

/** The question, and what a person answers who wants out. */
async function confirmed(party, answer) {
  const page = await party.browser.follow(answer);
  return party.browser.press(page, {}, { action: 'logout' });
}

const capabilities = {
  'oidcc-rp-initiated-logout': ['end_session_endpoint'],
  'oidcc-session-management': ['end_session_endpoint', 'check_session_iframe'],
  'oidcc-frontchannel': ['end_session_endpoint', 'frontchannel_logout_supported', 'frontchannel_logout_session_supported'],
  'oidcc-backchannel': ['end_session_endpoint', 'backchannel_logout_supported', 'backchannel_logout_session_supported'],
};
for (const [plan, names] of Object.entries(capabilities)) {
  test(`${plan}-discovery-endpoint-verification`, () => {
    for (const name of names) {
      if (name.endsWith('_supported')) assert.equal(metadata[name], true, name);
      else assert.equal(new URL(metadata[name]).protocol, 'https:', name);
    }
  });
}

test('oidcc-rp-initiated-logout: back with the state, and with nothing else', () => signedIn({}, async ({ end, hint, isSignedIn }) => {
  const state = longState();
  const answer = await end({ id_token_hint: hint, post_logout_redirect_uri: back, state });
  assert.equal(answer.location, `${back}?state=${state}`);
  assert.equal(await isSignedIn(), false);
}));

test('oidcc-rp-initiated-logout-no-state', () => signedIn({}, async ({ end, hint, isSignedIn }) => {
  assert.equal((await end({ id_token_hint: hint, post_logout_redirect_uri: back })).location, back);
  assert.equal(await isSignedIn(), false);
}));

const neverBack = {
  'bad-post-logout-redirect-uri': ({ hint }) => ({ id_token_hint: hint, post_logout_redirect_uri: 'https://rp.example/another' }),
  'query-added-to-post-logout-redirect-uri': ({ hint }) => ({ id_token_hint: hint, post_logout_redirect_uri: `${back}?foo=bar` }),
  'modified-id-token-hint': ({ tokens }) => ({ id_token_hint: jwt('none', undefined, tokens.idToken), post_logout_redirect_uri: back }),
  'bad-id-token-hint': ({ tokens }) => ({ id_token_hint: signedBy(makeKey('RS256', 'foreign'), { ...tokens.idToken, iss: tokens.idToken.aud, aud: tokens.idToken.iss }),
    post_logout_redirect_uri: back }),
  'no-id-token-hint': () => ({ post_logout_redirect_uri: back }),
};
for (const [module, query] of Object.entries(neverBack)) {
  test(`oidcc-rp-initiated-logout-${module}: a page, and nobody is signed out`, () => signedIn({}, async (it) => {
    isErrorPage(await it.end({ ...query(it), state: longState() }));
    assert.equal(await it.isSignedIn(), true);
  }));
}

const stay = {
  'no-params': () => ({}),
  'only-state': () => ({ state: longState() }),
  'no-post-logout-redirect-uri': ({ hint }) => ({ id_token_hint: hint, state: longState() }),
};
for (const [module, query] of Object.entries(stay)) {
  test(`oidcc-rp-initiated-logout-${module}: signed out, and a page says so`, () => signedIn({}, async (it) => {
    const answer = await it.end(query(it));
    const page = answer.location ? await confirmed(it.party, answer) : answer;
    page.isPage(200);
    assert.match(page.text, /signed out/);
    assert.equal(await it.isSignedIn(), false);
  }));
}

test('oidcc-frontchannel-rp-initiated-logout', () => signedIn({ frontchannel_logout_uri: front, frontchannel_logout_session_required: true },
  async ({ end, hint, tokens, isSignedIn }) => {
    const state = longState();
    const page = await end({ id_token_hint: hint, post_logout_redirect_uri: back, state });
    page.isPage(200);
    const [, src] = /<iframe [^>]*src="([^"]*)"/.exec(page.text);
    const url = new URL(src.replaceAll('&amp;', '&'));
    assert.equal(url.origin + url.pathname, front);
    assert.deepEqual(Object.fromEntries(url.searchParams), { iss: provider.issuer, sid: tokens.idToken.sid });
    assert.ok(page.text.includes(`data-onward="${back}?state=${state}"`), 'then it goes back');
    assert.equal(await isSignedIn(), false);
  }));

test('oidcc-backchannel-rp-initiated-logout', () => signedIn({ backchannel_logout_uri: told.url('/back'), backchannel_logout_session_required: true },
  async ({ party, end, hint, tokens, isSignedIn }) => {
    assert.equal((await end({ id_token_hint: hint, post_logout_redirect_uri: back, state: 's' })).location, `${back}?state=s`);
    const [call] = await told.told('/back');
    assert.equal(call.method, 'POST');
    assert.equal(call.tls, 'TLSv1.3');
    const { token, claims } = logoutToken(call);
    const keys = await provider.keys();
    const key = keys.find(({ kid }) => kid === JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).kid);
    await jwtVerify(token, key, { algorithms: ['RS256'], issuer: provider.issuer, audience: party.client.client_id, maxTokenAge: 60 });
    assert.ok(claims.jti);
    assert.deepEqual(claims.events, { 'http://schemas.openid.net/event/backchannel-logout': {} });
    assert.equal(claims.sub, tokens.idToken.sub);
    assert.equal(claims.sid, tokens.idToken.sid);
    assert.ok(!('nonce' in claims));
    assert.equal(await isSignedIn(), false);
  }));

test('oidcc-session-management-rp-initiated-logout', () => signedIn({}, async ({ party, end, hint, tokens, isSignedIn }) => {
  const html = (await party.browser.send(metadata.check_session_iframe)).text;
  const ask = () => {
    const { name, value } = party.browser.jar.find(/^__Host-tacit-state-/);
    return askFrame(html, { cookie: `${name}=${value}`, origin: 'https://rp.example', message: `${party.client.client_id} ${tokens.params.session_state}` });
  };
  assert.ok(tokens.params.session_state);
  assert.equal(await ask(), 'unchanged');
  await end({ id_token_hint: hint, post_logout_redirect_uri: back });
  assert.equal(await ask(), 'changed');
  assert.equal(await isSignedIn(), false);
}));
