// SPDX-License-Identifier: Apache-2.0
// OpenID Connect Core 1.0 as an independent test-suite asks for it: what is about tokens,
// userinfo and request objects, and needs no more than one response type.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { challenge, verifier } from '../support/browser.mjs';
import { checkAuthorization, checkRefusal, checkSignature, checkUserinfo } from '../support/conformance.mjs';
import { jwt, signedBy } from '../support/jwt.mjs';
import { openProvider } from '../support/party.mjs';

const provider = await openProvider({ settings: { unsigned_request_objects: true } });
const metadata = await provider.metadata();
const bearer = (token) => ({ Authorization: `Bearer ${token}` });

for (const method of ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt']) {
  test(`oidcc-server-${method.replaceAll('_', '-')}: the code is redeemed`, () => provider.during({ token_endpoint_auth_method: method },
    async (party) => {
    assert.ok(metadata.token_endpoint_auth_methods_supported.includes(method));
    assert.ok((await party.signIn()).userinfo);
  }));
}

test('oidcc-idtoken-signature: RS256 and a kid where nothing was registered', () => provider.during({}, async (party) => {
  const { header } = (await party.signIn()).idToken;
  assert.equal(header.alg, 'RS256');
  assert.ok(header.kid);
}));

for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
  test(`oidcc-idtoken-${alg.toLowerCase()}: as registered`, () => provider.during({ id_token_signed_response_alg: alg }, async (party) => {
    assert.ok(metadata.id_token_signing_alg_values_supported.includes(alg));
    const { header } = (await party.signIn()).idToken;
    assert.equal(header.alg, alg);
    assert.ok(header.kid);
  }));
}

test('default_acr_values: whoever asks for none asks for these', () => provider.during({ default_acr_values: ['no such', '1'] }, async (party) => {
  assert.equal((await party.signIn()).idToken.acr, '1');
  assert.ok(!('acr' in (await party.signIn({ acr_values: 'no such' })).idToken));
}));

test('oidcc-userinfo-get, -post-header, -post-body: the same answer three ways', () => provider.during({}, async (party) => {
  const { access_token: token, idToken, userinfo } = await party.signIn({ scope: 'openid email' });
  const header = await party.askUserinfo(token, { method: 'POST', headers: bearer(token) });
  const body = await party.askUserinfo(token, { form: { access_token: token } });
  for (const answer of [header, body]) assert.deepEqual(checkUserinfo(answer, idToken.sub), userinfo);
}));

for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
  test(`oidcc-userinfo-${alg.toLowerCase()}: signed, with iss and aud`, () => provider.during({ userinfo_signed_response_alg: alg },
    async (party) => {
    assert.ok(metadata.userinfo_signing_alg_values_supported.includes(alg));
    const tokens = await party.redeem(await party.authorize({ scope: 'openid email' }));
    const answer = await party.askUserinfo(tokens.access_token);
    assert.equal(answer.status, 200);
    assert.match(answer.header('content-type'), /^application\/jwt\b/);
    const { header, payload } = checkSignature(answer.text, { keys: party.keys });
    assert.equal(header.alg, alg);
    const { iss, aud, sub } = payload;
    assert.deepEqual({ iss, aud, sub }, { iss: provider.issuer, aud: party.client.client_id, sub: tokens.idToken.sub });
    assert.ok(!('nonce' in payload));
  }));
}

test('oidcc-codereuse: a second use is refused and revokes the access token', () => provider.during({}, async (party) => {
  const back = await party.authorize();
  const { access_token: token, idToken } = await party.redeem(back);
  checkUserinfo(await party.askUserinfo(token), idToken.sub);
  checkRefusal(await party.tryToRedeem(back), 'invalid_grant');
  const { status } = await party.askUserinfo(token);
  assert.ok(status >= 400 && status < 500, `${status}`);
}));

test('oidcc-codereuse-30seconds: late, too', async () => {
  const own = await openProvider();
  const party = await own.register();
  const back = await party.authorize({ scope: 'openid offline_access', prompt: 'consent' });
  const tokens = await party.redeem(back);
  await own.server.restart({ env: { SSL_CERT_FILE: own.authority.file, TACIT_CLOCK_OFFSET: '30' } });
  checkRefusal(await party.tryToRedeem(back), 'invalid_grant');
  assert.equal((await party.askUserinfo(tokens.access_token)).status, 401);
  checkRefusal(await party.askForTokens({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token }), 'invalid_grant');
});

test('oidcc-refresh-token: new tokens of the same sign-in, and for nobody else', () => provider.during({}, (one) => provider.during({},
  async (two) => {
  assert.ok(metadata.scopes_supported.includes('offline_access') && metadata.grant_types_supported.includes('refresh_token'));
  const scope = 'openid offline_access';
  const tokens = await one.signIn({ scope, prompt: 'consent' });
  const others = await two.signIn({ scope, prompt: 'consent' });
  await new Promise((done) => { setTimeout(done, 1100); });
  const fresh = await one.refresh(tokens, { scope });
  assert.notEqual(fresh.access_token, tokens.access_token);
  assert.ok(fresh.idToken.iat > tokens.idToken.iat);
  checkUserinfo(await one.askUserinfo(fresh.access_token), tokens.idToken.sub);
  checkRefusal(await one.askForTokens({ grant_type: 'refresh_token', refresh_token: others.refresh_token }), 'invalid_grant');
  assert.ok((await two.refresh(others)).access_token, 'and it still is of use to its own client');
})));

test('oidcc-ensure-request-with-valid-pkce-succeeds: S256', () => provider.during({}, async (party) => {
  assert.ok(metadata.code_challenge_methods_supported.includes('S256'));
  const back = await party.authorize({ code_challenge: challenge, code_challenge_method: 'S256' });
  checkRefusal(await party.tryToRedeem(back), 'invalid_grant');
  assert.ok((await party.redeem(back, { form: { code_verifier: verifier } })).access_token);
}));

test('oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported: it counts',
  () => provider.during({ request_object_signing_alg: 'none' }, async (party) => {
  assert.ok(metadata.request_parameter_supported && metadata.request_object_signing_alg_values_supported.includes('none'));
  const request = party.request();
  const { state, nonce, ...outside } = request;
  const back = await party.authorize(request, { url: { ...outside, state: 'not this', nonce: 'nor this', request: jwt('none', null, { ...request,
    nonce, state }) } });
  assert.ok((await party.redeem(back)).idToken);
}));

test('oidcc-ensure-request-object-with-redirect-uri: the one inside, not the bad one outside',
  () => provider.during({ request_object_signing_alg: 'none' }, async (party) => {
  const request = party.request();
  const url = { ...request, redirect_uri: 'https://rp.example/not-registered', request: jwt('none', null, request) };
  assert.ok((await party.redeem(await party.authorize(request, { url }))).idToken);
}));

test('a signed request object counts, and nothing but a good one', () => provider.during({ request_object_signing_alg: 'RS256' }, async (party) => {
  const request = party.request({ iss: party.client.client_id, aud: provider.issuer });
  const url = { client_id: request.client_id, response_type: 'code', scope: 'openid' };
  assert.ok((await party.redeem(await party.authorize(request, { url: { ...url, request: signedBy(party.key, request) } }))).idToken);
  const bad = { ...party.request(), request: jwt('none', null, request) };
  assert.equal(checkAuthorization(await party.send(bad), bad, provider.issuer).error, 'invalid_request_object');
}));
