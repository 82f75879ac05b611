// SPDX-License-Identifier: Apache-2.0
// RFC 9449: demonstrating proof of possession.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { Browser, challenge, claims, refusal, spa, verifier } from '../support/browser.mjs';
import { Holder } from '../support/dpop.mjs';
import { jwt, makeKey, publicPem } from '../support/jwt.mjs';
import { request } from '../support/http.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, webApp } from '../support/tenant.mjs';

const strict = { ...spa, client_id: 'strict', name: 'Strict', dpop_bound_access_tokens: true };
const machine = { name: 'Machine', client_id: 'machine', client_secret: 'machine-secret-of-the-tests-012345', app_type: 'non_interactive',
  token_endpoint_auth_method: 'client_secret_post', grant_types: ['client_credentials'] };
const api = { name: 'RFC', identifier: 'urn:rfc', token_dialect: 'rfc9068_profile', scopes: [{ value: 'read:orders' }] };
const base = defaultTenant();
const tenant = { ...base, clients: [spa, webApp, strict, machine], resourceServers: [...base.resourceServers, api],
  clientGrants: [{ client_id: 'machine', audience: 'https://api.example', scope: ['read:orders'] }] };
const server = await serve({ tenant });
const browser = new Browser(server);
await browser.signIn('ana');
const office = new Browser(server, { client: webApp, jar: browser.jar });
const strictly = new Browser(server, { client: strict, jar: browser.jar });

const url = (path) => `${server.origin}/${path}`;
const tokenUrl = url('oauth/token');

/** A nonce of the server, as whoever has none gets it. */
async function freshNonce(there = browser) {
  const answer = await there.token({ grant_type: 'refresh_token', refresh_token: 'x' }, { headers: { DPoP: 'x' } });
  assert.equal(answer.response.json.error, 'invalid_dpop_proof', answer.text);
  return answer.header('dpop-nonce');
}

let nonce;
beforeEach(async () => { nonce = await freshNonce(); }); // it is good for two minutes at least

async function code(params, there = browser) {
  const answer = await there.authorize({ prompt: 'none', ...params });
  assert.ok(answer.params.code, answer.text || answer.location);
  return answer.params.code;
}

const redemption = (value, there = browser) => ({ grant_type: 'authorization_code', code: value, redirect_uri: there.client.callbacks[0], code_verifier: verifier });

/** POST /oauth/token with a proof of this holder. */
function prove(holder, form, { there = browser, claims: over, header } = {}) {
  return there.token(form, { headers: { DPoP: holder.proof('POST', tokenUrl, { nonce, claims: over, header }) } });
}

async function tokens(holder, params = {}, options = {}) {
  const there = options.there ?? browser;
  const answer = await prove(holder, redemption(await code(params, there), there), options);
  assert.equal(answer.status, 200, answer.text);
  return answer.response.json;
}

function refuses(answer, error, description = /./, status = 400) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.response.json.error, error, answer.text);
  assert.match(answer.response.json.error_description, description);
  assert.match(answer.response.json.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  answer.isNeverCached();
}

test('a public client is told to use a nonce, and may at once; the code is not used up', async () => {
  const holder = new Holder();
  const form = redemption(await code());
  const first = await browser.token(form, { headers: { DPoP: holder.proof('POST', tokenUrl) } });
  refuses(first, 'use_dpop_nonce', /DPoP-Nonce/);
  const told = first.header('dpop-nonce');
  assert.match(told, /^[\w-]{20,}$/);
  assert.match(first.header('access-control-expose-headers'), /DPoP-Nonce/);
  const second = await browser.token(form, { headers: { DPoP: holder.proof('POST', tokenUrl, { nonce: told }) } });
  assert.equal(second.status, 200, second.text);
  assert.equal(second.response.json.token_type, 'DPoP');
  assert.ok(second.header('dpop-nonce'));
});

test('the token names the key: a JWT of both dialects, and an opaque one by introspection', async () => {
  const holder = new Holder();
  for (const audience of ['https://api.example', 'urn:rfc']) {
    const { access_token: token } = await tokens(holder, { audience });
    assert.deepEqual(claims(token).cnf, { jkt: holder.jkt });
  }
  const { access_token: opaque, id_token: id } = await tokens(holder);
  assert.ok(!('cnf' in claims(id)));
  const told = await office.send('/oauth/introspect', { jar: undefined, form: { token: opaque, client_id: 'office', client_secret: webApp.client_secret } });
  assert.deepEqual(told.response.json.cnf, { jkt: holder.jkt });
  assert.equal(told.response.json.token_type, 'DPoP');
});

test('without a proof nothing changes', async () => {
  const answer = await browser.token(redemption(await code()));
  assert.equal(answer.response.json.token_type, 'Bearer');
  assert.equal(answer.header('dpop-nonce'), undefined);
  const told = await office.send('/oauth/introspect', { jar: undefined,
    form: { token: answer.response.json.access_token, client_id: 'office', client_secret: webApp.client_secret } });
  assert.ok(!('cnf' in told.response.json));
  assert.equal(told.response.json.token_type, 'Bearer');
});

test('every algorithm that discovery names, by real keys', async () => {
  const told = (await browser.send('/.well-known/openid-configuration')).response.json.dpop_signing_alg_values_supported;
  for (const alg of ['ES256', 'RS256', 'PS256', 'EdDSA']) {
    assert.ok(told.includes(alg));
    assert.equal((await tokens(new Holder(alg))).token_type, 'DPoP', alg);
  }
  assert.ok(!told.some((alg) => /^HS|none/.test(alg)));
});

test('a proof is for one request, to this address, now', async () => {
  const holder = new Holder();
  const other = new Holder();
  const hours = (n) => Math.floor(Date.now() / 1000) + n * 3600;
  const rows = [
    ['another method', { claims: { htm: 'GET' } }, /htm/],
    ['method in small letters', { claims: { htm: 'post' } }, /htm/],
    ['another endpoint', { claims: { htu: url('oauth/par') } }, /htu/],
    ['another host', { claims: { htu: 'https://evil.example/oauth/token' } }, /htu/],
    ['no URL', { claims: { htu: 'token' } }, /htu/],
    ['no jti', { claims: { jti: undefined } }],
    ['jti too long', { claims: { jti: 'j'.repeat(600) } }],
    ['no htm', { claims: { htm: undefined } }],
    ['no htu', { claims: { htu: undefined } }],
    ['no iat', { claims: { iat: undefined } }],
    ['iat a text', { claims: { iat: 'now' } }],
    ['another typ', { header: { typ: 'JWT' } }],
    ['no typ', { header: { typ: undefined } }],
    ['no key', { header: { jwk: undefined } }],
    ["another's key", { header: { jwk: other.jwk } }],
    ['a private key', { header: { jwk: holder.key.privateKey.export({ format: 'jwk' }) } }],
    ['crit', { header: { crit: ['x'], x: 1 } }],
  ];
  for (const [what, change, description] of rows) {
    const answer = await prove(holder, redemption(await code()), change);
    assert.equal(answer.response.json.error, 'invalid_dpop_proof', `${what}: ${answer.text}`);
    refuses(answer, 'invalid_dpop_proof', description);
    assert.ok(answer.header('dpop-nonce'), what);
  }
  for (const [iat, there] of [[hours(-1), office], [hours(1), office]]) {
    const proof = holder.proof('POST', tokenUrl, { claims: { iat } });
    refuses(await there.token(redemption(await code({}, there), there), { headers: { DPoP: proof } }), 'invalid_dpop_proof', /iat/);
  }
});

test('with our nonce a wrong clock does not matter', async () => {
  const holder = new Holder();
  assert.equal((await tokens(holder, {}, { claims: { iat: 1_000_000_000 } })).token_type, 'DPoP');
  assert.equal((await tokens(holder, {}, { claims: { iat: 4_000_000_000 } })).token_type, 'DPoP');
});

test('made-up nonces, and those of another time', async (t) => {
  const holder = new Holder();
  for (const wrong of ['x', nonce.slice(0, -1), `${nonce}A`, nonce.split('').reverse().join('')]) {
    refuses(await prove(holder, redemption(await code()), { claims: { nonce: wrong } }), 'use_dpop_nonce');
  }
  const later = await serve({ test: t, tenant, data: server.data, env: { TACIT_CLOCK_OFFSET: '300' }, port: 0 });
  const there = new Browser(later);
  await there.signIn('ana');
  const answer = await there.token(redemption(await code({}, there)), { headers: { DPoP: holder.proof('POST', `${later.origin}/oauth/token`, { nonce }) } });
  refuses(answer, 'use_dpop_nonce');
  assert.notEqual(answer.header('dpop-nonce'), nonce);
});

test('bad JWTs: none, HMAC with the public key, two headers, nested, huge', async () => {
  const holder = new Holder('RS256');
  const payload = { jti: 'a', htm: 'POST', htu: tokenUrl, iat: Math.floor(Date.now() / 1000), nonce };
  const good = holder.proof('POST', tokenUrl, { nonce });
  const [head, body, signature] = good.split('.');
  const text = JSON.stringify({ typ: 'dpop+jwt', alg: 'RS256', jwk: holder.jwk });
  const proofs = [
    jwt('none', null, payload, { typ: 'dpop+jwt', jwk: holder.jwk }),
    `${head}.${body}.`,
    jwt('HS256', publicPem(holder.key), payload, { typ: 'dpop+jwt', jwk: holder.jwk }),
    jwt('HS256', 'k'.repeat(32), payload, { typ: 'dpop+jwt', jwk: { kty: 'oct', k: Buffer.from('k'.repeat(32)).toString('base64url') } }),
    jwt('RS256', holder.key.privateKey, payload, text.replace('"alg"', '"alg":"none","alg"')),
    jwt('RS256', holder.key.privateKey, JSON.stringify(payload).replace('"jti"', '"jti":"b","jti"'), { typ: 'dpop+jwt', jwk: holder.jwk }),
    jwt('RS256', holder.key.privateKey, good, { typ: 'dpop+jwt', cty: 'JWT', jwk: holder.jwk }),
    `${good}.x`, `${head}.${body}.${signature.slice(0, -4)}`, 'a.b.c', '...', 'x', '{}', 'é',
    `${head}.${'A'.repeat(9000)}.${signature}`,
    jwt('RS256', makeKey('RS256').privateKey, payload, { typ: 'dpop+jwt', jwk: holder.jwk }),
  ];
  for (const proof of proofs) {
    const answer = await browser.token(redemption(await code()), { headers: { DPoP: proof } });
    assert.equal(answer.status, 400, `${proof.slice(0, 80)}: ${answer.text}`);
    refuses(answer, 'invalid_dpop_proof');
  }
  const two = await browser.token(redemption(await code()), { headers: { DPoP: [holder.proof('POST', tokenUrl, { nonce }), holder.proof('POST', tokenUrl, { nonce })] } });
  refuses(two, 'invalid_dpop_proof', /more than one/);
});

test('a proof is good once, whoever is faster', async () => {
  const holder = new Holder();
  const proof = holder.proof('POST', tokenUrl, { nonce });
  const codes = [];
  for (let i = 0; i < 5; i++) codes.push(await code());
  const answers = await Promise.all(codes.map((value) => browser.token(redemption(value), { headers: { DPoP: proof } })));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  for (const answer of answers.filter(({ status }) => status !== 200)) refuses(answer, 'invalid_dpop_proof', /jti/);
  // The same jti by another key is another proof.
  const { jti } = claims(proof);
  assert.equal((await tokens(new Holder(), {}, { claims: { jti } })).token_type, 'DPoP');
});

test('userinfo: the DPoP scheme, a proof for this token, and nothing less', async () => {
  const holder = new Holder();
  const address = url('userinfo');
  for (const audience of [undefined, 'https://api.example']) {
    const { access_token: token } = await tokens(holder, { audience, scope: 'openid email' });
    const ask = (proof, scheme = 'DPoP', options = {}) => browser.send('/userinfo', { jar: undefined, headers: { Authorization: `${scheme} ${token}`, DPoP: proof }, ...options });
    const good = () => holder.proof('GET', address, { nonce, token });
    const answer = await ask(good());
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.response.json.email, 'ana@example.com');
    assert.ok(answer.header('dpop-nonce'));
    assert.equal((await ask(holder.proof('POST', address, { nonce, token }), 'dpop', { method: 'POST' })).status, 200);

    const unasked = await ask(holder.proof('GET', address, { token }));
    assert.equal(unasked.status, 401);
    assert.match(unasked.header('www-authenticate'), /^DPoP realm="Users", algs="ES256 [\w ]+", error="use_dpop_nonce"/);
    assert.ok(unasked.header('dpop-nonce'));
    assert.match(unasked.header('access-control-expose-headers'), /DPoP-Nonce/);

    const once = good();
    assert.equal((await ask(once)).status, 200);
    const wrong = [
      ['replayed', once, 'invalid_dpop_proof'],
      ['no ath', holder.proof('GET', address, { nonce }), 'invalid_dpop_proof'],
      ["another token's ath", holder.proof('GET', address, { nonce, token: `${token}x` }), 'invalid_dpop_proof'],
      ['another method', holder.proof('POST', address, { nonce, token }), 'invalid_dpop_proof'],
      ['another URL', holder.proof('GET', tokenUrl, { nonce, token }), 'invalid_dpop_proof'],
      ['no proof', undefined, 'invalid_dpop_proof'],
      ["another's key", new Holder().proof('GET', address, { nonce, token }), 'invalid_token'],
    ];
    for (const [what, proof, error] of wrong) {
      const answered = await ask(proof);
      assert.equal(answered.status, 401, what);
      assert.match(answered.header('www-authenticate'), new RegExp(`^DPoP .*error="${error}"`), what);
    }
    const refused = await ask(good(), 'Bearer');
    assert.equal(refused.status, 401, 'a bound token is no bearer token');
    assert.match(refused.header('www-authenticate'), /^DPoP .*error="invalid_token"/);
    assert.equal((await browser.send('/userinfo', { jar: undefined, form: { access_token: token } })).status, 401);
  }
  const { access_token: plain } = await browser.redeem(await browser.authorize({ prompt: 'none' }));
  const refused = await browser.send('/userinfo', { jar: undefined, headers: { Authorization: `DPoP ${plain}`, DPoP: holder.proof('GET', address, { nonce, token: plain }) } });
  assert.equal(refused.status, 401);
  assert.match(refused.header('www-authenticate'), /not bound/);
});

test("a public client's refresh tokens are bound to the key", async () => {
  const holder = new Holder();
  const given = await tokens(holder, { scope: 'openid offline_access' });
  const again = { grant_type: 'refresh_token', refresh_token: given.refresh_token };
  refuses(await browser.token(again), 'invalid_grant', /bound to another key/);
  refuses(await prove(new Holder(), again), 'invalid_grant', /bound to another key/);
  const next = await prove(holder, again);
  assert.equal(next.status, 200, next.text);
  assert.equal(next.response.json.token_type, 'DPoP');
  // Not even an old one ends the family, in the hands of who lacks the key.
  await prove(holder, { ...again, refresh_token: next.response.json.refresh_token });
  refuses(await browser.token(again), 'invalid_grant', /bound to another key/);
  const third = await prove(holder, { ...again, refresh_token: next.response.json.refresh_token });
  assert.equal(third.status, 200, third.text);
});

test("a confidential client's are not: it may change keys", async () => {
  const given = await tokens(new Holder(), { scope: 'openid offline_access', audience: 'https://api.example' }, { there: office });
  const newer = new Holder();
  const next = await prove(newer, { grant_type: 'refresh_token', refresh_token: given.refresh_token }, { there: office });
  assert.equal(next.status, 200, next.text);
  assert.equal(claims(next.response.json.access_token).cnf.jkt, newer.jkt);
});

test('a confidential client needs no nonce, unless the tenant says so', async (t) => {
  const holder = new Holder();
  const form = { grant_type: 'client_credentials', client_id: 'machine', client_secret: machine.client_secret, audience: 'https://api.example' };
  const ask = (there, over) => request(`${there.origin}/oauth/token`, { form, headers: { DPoP: holder.proof('POST', `${there.origin}/oauth/token`, over) } });
  const answer = await ask(server);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.token_type, 'DPoP');
  assert.deepEqual(claims(answer.json.access_token).cnf, { jkt: holder.jkt });
  assert.ok(answer.header('dpop-nonce'));

  const always = await serve({ test: t, tenant: { ...tenant, tenant: { ...tenant.tenant, dpop: { nonce: 'always' } } } });
  const refused = await ask(always);
  assert.equal(refused.json.error, 'use_dpop_nonce');
  assert.equal((await ask(always, { nonce: refused.header('dpop-nonce') })).status, 200);
  const never = await serve({ test: t, tenant: { ...tenant, tenant: { ...tenant.tenant, dpop: { nonce: 'never' } } } });
  const there = new Browser(never);
  await there.signIn('ana');
  const got = await there.token(redemption(await code({}, there)), { headers: { DPoP: holder.proof('POST', `${never.origin}/oauth/token`) } });
  assert.equal(got.response.json.token_type, 'DPoP');
});

test('a client of dpop_bound_access_tokens gets none without a proof', async () => {
  const value = await code({}, strictly);
  refuses(await strictly.token(redemption(value, strictly)), 'invalid_dpop_proof', /must send/);
  assert.equal((await prove(new Holder(), redemption(value, strictly), { there: strictly })).status, 200);
  (await strictly.authorize({ prompt: 'none', response_type: 'token' })).redirectsTo(strict.callbacks[0],
    refusal('invalid_request', /dpop_jkt/), 'fragment');
});

test('dpop_jkt binds the code to the key before there is a code', async () => {
  const holder = new Holder();
  const value = await code({ dpop_jkt: holder.jkt });
  refuses(await browser.token(redemption(value)), 'invalid_grant', /dpop_jkt/);
  refuses(await prove(new Holder(), redemption(value)), 'invalid_grant', /dpop_jkt/);
  const answer = await prove(holder, redemption(value));
  assert.equal(answer.status, 200, answer.text);
  for (const wrong of ['x', 'a'.repeat(44), `${holder.jkt.slice(0, -1)}!`]) {
    (await browser.authorize({ prompt: 'none', dpop_jkt: wrong })).redirectsTo(spa.callbacks[0], refusal('invalid_request', /dpop_jkt/));
  }
});

test('a token from /authorize is bound by dpop_jkt', async () => {
  const holder = new Holder();
  const { params } = await browser.authorize({ prompt: 'none', response_type: 'token', dpop_jkt: holder.jkt });
  assert.equal(params.token_type, 'DPoP');
  const address = url('userinfo');
  const ask = (by, scheme) => browser.send('/userinfo', { jar: undefined,
    headers: { Authorization: `${scheme} ${params.access_token}`, DPoP: by.proof('GET', address, { nonce, token: params.access_token }) } });
  assert.equal((await ask(holder, 'DPoP')).status, 200);
  assert.equal((await ask(new Holder(), 'DPoP')).status, 401);
  assert.equal((await ask(holder, 'Bearer')).status, 401);
});

test('a pushed request: by dpop_jkt, by a proof, by both that agree', async () => {
  const holder = new Holder();
  const asked = { client_id: 'shop', redirect_uri: spa.callbacks[0], response_type: 'code', scope: 'openid', state: 'xyz', prompt: 'none', code_challenge: challenge, code_challenge_method: 'S256' };
  const push = (form, proof) => browser.send('/oauth/par', { jar: undefined, form: { ...asked, ...form }, headers: { DPoP: proof } });
  const proof = (over) => holder.proof('POST', url('oauth/par'), { nonce, ...over });
  const ways = [[{ dpop_jkt: holder.jkt }], [{}, proof()], [{ dpop_jkt: holder.jkt }, proof()]];
  for (const [form, by] of ways) {
    const pushed = await push(form, by);
    assert.equal(pushed.status, 201, pushed.text);
    assert.equal(Boolean(pushed.header('dpop-nonce')), Boolean(by));
    const { params } = await browser.authorize([['client_id', 'shop'], ['request_uri', pushed.response.json.request_uri]]);
    refuses(await browser.token(redemption(params.code)), 'invalid_grant', /dpop_jkt/);
    assert.equal((await prove(holder, redemption(params.code))).status, 200);
  }
  refuses(await push({ dpop_jkt: new Holder().jkt }, proof()), 'invalid_dpop_proof', /dpop_jkt/);
  refuses(await push({}, proof({ claims: { htu: tokenUrl } })), 'invalid_dpop_proof', /htu/);
  refuses(await push({}, proof({ nonce: undefined })), 'use_dpop_nonce');
});

test('registration takes dpop_bound_access_tokens, and nothing else under that name', async (t) => {
  const open = await serve({ test: t, tenant: defaultTenant({ tenant: { flags: { enable_dynamic_client_registration: true } } }) });
  const register = (over) => request(`${open.origin}/oidc/register`, { json: { redirect_uris: ['https://app.example/cb'], ...over } });
  const made = await register({ dpop_bound_access_tokens: true, grant_types: ['authorization_code'] });
  assert.equal(made.status, 201, made.text);
  assert.equal(made.json.dpop_bound_access_tokens, true);
  const form = { client_id: made.json.client_id, client_secret: made.json.client_secret, grant_type: 'authorization_code', code: 'x' };
  assert.equal((await request(`${open.origin}/oauth/token`, { form })).json.error, 'invalid_dpop_proof');
  const wrong = await register({ dpop_bound_access_tokens: 'yes' });
  assert.equal(wrong.status, 400);
  assert.match(wrong.json.error_description, /^dpop_bound_access_tokens /);
});

test('pages may send the header and read the nonce', async () => {
  const preflight = await browser.send('/oauth/token', { jar: undefined, method: 'OPTIONS',
    headers: { Origin: spa.web_origins[0], 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'dpop' } });
  assert.match(preflight.header('access-control-allow-headers'), /DPoP/);
  assert.match(preflight.header('access-control-expose-headers'), /DPoP-Nonce/);
});

test('no proof, nonce or key is in the log', () => {
  assert.ok(!server.stderr.includes(nonce));
  assert.ok(!server.stderr.includes('dpop+jwt') && !server.stderr.includes('eyJ'));
});
