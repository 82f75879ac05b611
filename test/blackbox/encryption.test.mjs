// SPDX-License-Identifier: Apache-2.0
// What is encrypted to a client, and what it encrypts to us: OpenID Connect Core 1.0, 10.2; RFC 7516; RFC 9701.
// The other side is npm jose.
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import https from 'node:https';
import { after, test } from 'node:test';
import * as jose from 'jose';

import { Browser, refusal, verifier } from '../support/browser.mjs';
import { makeAuthority } from '../support/ca.mjs';
import { Holder } from '../support/dpop.mjs';
import { altered, jwt, makeKey, signedBy } from '../support/jwt.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, webApp } from '../support/tenant.mjs';

const algs = ['RSA-OAEP', 'RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW'];
const encs = ['A128CBC-HS256', 'A256CBC-HS512', 'A128GCM', 'A256GCM'];
const ownAlgs = algs.slice(2);
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const curves = {};
for (const crv of ['P-256', 'P-384', 'P-521']) curves[crv] = await jose.generateKeyPair('ECDH-ES', { crv });
const signer = makeKey('ES256', 'signer');
const publicJwk = async (pair, more) => ({ ...await jose.exportJWK(pair.publicKey), ...more });
const rsaJwk = await publicJwk(rsa, { kid: 'rsa-enc', use: 'enc' });
const ecJwk = await publicJwk(curves['P-256'], { kid: 'ec-enc', use: 'enc' });
const privateOf = (alg) => (alg.startsWith('RSA') ? rsa : curves['P-256']).privateKey;

const ca = makeAuthority();
after(() => ca.remove());
const { cert, key } = ca.issue('localhost');
const asked = [];
const files = https.createServer({ cert, key }, (incoming, answer) => {
  asked.push(incoming.url);
  if (incoming.url === '/jwks') answer.end(JSON.stringify({ keys: [signer.jwk, rsaJwk, ecJwk] }));
  else answer.writeHead(404).end();
});
await new Promise((done) => { files.listen(0, '127.0.0.1', done); });
after(() => { files.closeAllConnections(); files.close(); });
const host = `localhost:${files.address().port}`;

const client = (id, more) => ({ ...webApp, client_id: id, name: id, callbacks: [`https://${id.toLowerCase().replace(/[^a-z0-9]/g, '')}.example/cb`],
  grant_types: ['authorization_code', 'implicit', 'refresh_token'], jwks: { keys: [signer.jwk, rsaJwk, ecJwk] }, ...more });
const both = (alg, enc) => ({ id_token_encrypted_response_alg: alg, id_token_encrypted_response_enc: enc, userinfo_encrypted_response_alg: alg, userinfo_encrypted_response_enc: enc });
const answersOnly = { userinfo_encrypted_response_alg: 'ECDH-ES', introspection_encrypted_response_alg: 'ECDH-ES' };
const pairs = algs.flatMap((alg) => encs.map((enc) => [alg, enc]));
const clients = [webApp,
  ...pairs.map(([alg, enc]) => client(`${alg}.${enc}`, { ...both(alg, enc), userinfo_signed_response_alg: 'ES256' })),
  ...['P-384', 'P-521'].map((crv) => client(crv, { ...both('ECDH-ES', 'A256GCM') })),
  client('bare', both('RSA-OAEP-256')), client('remote', { ...both('RSA-OAEP-256', 'A128GCM'), jwks: undefined, jwks_uri: `https://${host}/jwks` }),
  client('gone', { ...both('RSA-OAEP-256', 'A128GCM'), jwks: undefined, jwks_uri: `https://${host}/gone` }),
  client('signing-only', { ...both('ECDH-ES', 'A128GCM'), jwks: { keys: [signer.jwk] } }),
  client('asking', { introspection_signed_response_alg: 'ES256' }),
  client('secretive', { introspection_signed_response_alg: 'PS256', introspection_encrypted_response_alg: 'RSA-OAEP-256', introspection_encrypted_response_enc: 'A256GCM' }),
  client('hmac', { introspection_signed_response_alg: 'HS256' }),
  client('gone-answers', { ...answersOnly, jwks: undefined, jwks_uri: `https://${host}/gone-answers` }),
  client('unfit-answers', { ...answersOnly, jwks: { keys: [signer.jwk, rsaJwk] } }),
];
for (const crv of ['P-384', 'P-521']) {
  clients.find((one) => one.client_id === crv).jwks = { keys: [rsaJwk, await publicJwk(curves[crv], { kid: crv })] };
}
const flags = { enable_dynamic_client_registration: true };
const server = await serve({ tenant: defaultTenant({ clients, tenant: { flags, outgoing_private_hosts: [host] } }), env: { SSL_CERT_FILE: ca.file } });
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
const keySet = jose.createRemoteJWKSet(new URL(`${server.issuer}.well-known/jwks.json`));
const plain = new Browser(server);

async function signIn(id, params = {}) {
  const browser = new Browser(server, { client: clients.find((one) => one.client_id === id) });
  return { browser, answer: await browser.signIn('ana', { scope: 'openid email', ...params }) };
}

const userinfo = (token) => plain.send('/userinfo', { jar: undefined, headers: { Authorization: `Bearer ${token}` } });

async function opened(token, privateKey) {
  const { plaintext, protectedHeader } = await jose.compactDecrypt(token, privateKey);
  return { text: Buffer.from(plaintext).toString(), header: protectedHeader };
}

for (const [alg, enc] of pairs) {
  test(`${alg} with ${enc}: id_token and signed userinfo`, async () => {
    const id = `${alg}.${enc}`;
    const { browser, answer } = await signIn(id);
    const tokens = await browser.redeem(answer);
    const outer = await opened(tokens.id_token, privateOf(alg));
    assert.equal(outer.header.alg, alg);
    assert.equal(outer.header.enc, enc);
    assert.equal(outer.header.cty, 'JWT');
    assert.equal(outer.header.kid, alg.startsWith('RSA') ? 'rsa-enc' : 'ec-enc');
    const { payload } = await jose.jwtVerify(outer.text, keySet, { issuer: server.issuer, audience: id, algorithms: ['RS256'] });
    const info = await userinfo(tokens.access_token);
    assert.match(info.header('content-type'), /^application\/jwt/);
    const inner = await opened(info.text, privateOf(alg));
    const said = await jose.jwtVerify(inner.text, keySet, { issuer: server.issuer, audience: id, algorithms: ['ES256'] });
    assert.equal(said.payload.sub, payload.sub);
    assert.equal(said.payload.email, 'ana@example.com');
  });
}

for (const crv of ['P-384', 'P-521']) {
  test(`a key on ${crv}, without use; userinfo encrypted but not signed`, async () => {
    const { browser, answer } = await signIn(crv);
    const tokens = await browser.redeem(answer);
    await jose.jwtVerify((await opened(tokens.id_token, curves[crv].privateKey)).text, keySet, { audience: crv });
    const { text, header } = await opened((await userinfo(tokens.access_token)).text, curves[crv].privateKey);
    assert.equal(header.cty, undefined);
    const said = JSON.parse(text);
    assert.deepEqual([said.iss, said.aud, said.email], [server.issuer, crv, 'ana@example.com']);
  });
}

test('the cipher is A128CBC-HS256 where none is named', async () => {
  const { browser, answer } = await signIn('bare');
  assert.equal((await opened((await browser.redeem(answer)).id_token, rsa.privateKey)).header.enc, 'A128CBC-HS256');
});

test('from the authorization endpoint and by refresh, too; no hash is lost', async () => {
  const { answer } = await signIn('bare', { response_type: 'code id_token token' });
  const { payload } = await jose.jwtVerify((await opened(answer.params.id_token, rsa.privateKey)).text, keySet, { audience: 'bare' });
  const half = (text) => createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url');
  assert.equal(payload.at_hash, half(answer.params.access_token));
  assert.equal(payload.c_hash, half(answer.params.code));
  const { browser, answer: code } = await signIn('bare', { scope: 'openid offline_access' });
  const tokens = await browser.redeem(code);
  const again = (await browser.token({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token })).response.json;
  await jose.jwtVerify((await opened(again.id_token, rsa.privateKey)).text, keySet, { audience: 'bare' });
});

test('a key behind jwks_uri is fetched once; silently as well', async () => {
  const { browser } = await signIn('remote');
  const answer = await browser.authorize({ prompt: 'none', response_type: 'id_token', code_challenge: undefined, code_challenge_method: undefined });
  await jose.jwtVerify((await opened(answer.params.id_token, rsa.privateKey)).text, keySet, { audience: 'remote' });
  await browser.authorize({ prompt: 'none', response_type: 'id_token', code_challenge: undefined, code_challenge_method: undefined });
  assert.equal(asked.filter((url) => url === '/jwks').length, 1);
});

/** While the client has keys `steps` goes well; what it gives is refused when they are gone again, and is no use then. */
async function given(id, steps) {
  const keys = (of) => server.apply({ ...server.tenant, clients: clients.map((one) => (one.client_id === id ? { ...one, ...of } : one)) });
  await keys({ jwks: { keys: [rsaJwk, ecJwk] }, jwks_uri: undefined });
  await pause(1000);
  const refresh = await steps();
  await keys({});
  await pause(1000);
  for (let tries = 0; tries < 2; tries++) assert.equal((await refresh()).response.json.error, 'invalid_request');
  await keys({ jwks: { keys: [rsaJwk, ecJwk] }, jwks_uri: undefined });
  await pause(1000);
  assert.ok((await refresh()).response.json.id_token);
  await keys({});
}

for (const id of ['gone', 'signing-only']) {
  test(`${id}: without a key nothing goes out in the clear, and a silent request still hears`, async () => {
    const { browser } = await signIn(id);
    const answer = await browser.authorize({ prompt: 'none', response_type: 'id_token', code_challenge: undefined, code_challenge_method: undefined });
    answer.redirectsTo(browser.client.callbacks[0], refusal('invalid_request'));
    assert.match(answer.params.error_uri, /why\/encryption_key_missing\?/);
    assert.match(server.stderr, /no key to encrypt to/);
  });
  test(`${id}: the token endpoint says so, and the code waits for the key`, async () => {
    const { browser, answer } = await signIn(id, { scope: 'openid offline_access' });
    const redeem = () => browser.token({ grant_type: 'authorization_code', code: answer.params.code, redirect_uri: browser.client.callbacks[0], code_verifier: verifier });
    for (let tries = 0; tries < 2; tries++) {
      const refused = await redeem();
      assert.equal(refused.status, 400, refused.text);
      assert.equal(refused.response.json.error, 'invalid_request');
      assert.match(refused.response.json.error_uri, /why\/encryption_key_missing\?/);
    }
    await given(id, async () => {
      const tokens = await browser.redeem(answer);
      await opened(tokens.id_token, privateOf(id === 'gone' ? 'RSA-OAEP-256' : 'ECDH-ES'));
      assert.ok(tokens.refresh_token);
      return () => browser.token({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token });
    });
  });
}

async function ownKey() {
  const { keys } = (await plain.send('/.well-known/jwks.json')).response.json;
  const found = keys.filter((one) => one.use === 'enc');
  assert.equal(found.length, 1);
  assert.deepEqual(Object.keys(found[0]).sort(), ['crv', 'kid', 'kty', 'use', 'x', 'y']);
  return { jwk: found[0], key: await jose.importJWK(found[0], 'ECDH-ES') };
}

const { jwk: ownJwk, key: own } = await ownKey();
const encrypted = (text, { alg = 'ECDH-ES', enc = 'A128GCM', header = {}, to = own } = {}) => new jose.CompactEncrypt(Buffer.from(text))
  .setProtectedHeader({ alg, enc, kid: ownJwk.kid, cty: 'JWT', ...header }).encrypt(to);
const request = (changes = {}) => ({ iss: 'asking', aud: server.issuer, client_id: 'asking', response_type: 'code', redirect_uri: 'https://asking.example/cb', scope: 'openid', state: 'inside', prompt: 'none', ...changes });
const ask = (object) => new Browser(server).authorize(Object.entries({ client_id: 'asking', response_type: 'code', scope: 'openid', redirect_uri: 'https://asking.example/cb', prompt: 'none', state: 'outside', request: object }));

for (const alg of ownAlgs) {
  test(`a request object encrypted with ${alg}`, async () => {
    for (const enc of encs) {
      const answer = await ask(await encrypted(signedBy(signer, request()), { alg, enc }));
      answer.redirectsTo('https://asking.example/cb', { ...refusal('login_required'), state: 'inside' });
    }
  });
}

test('pushed, too', async () => {
  const answer = await plain.send('/oauth/par', { form: { client_id: 'asking', client_secret: webApp.client_secret, request: await encrypted(signedBy(signer, request())) } });
  assert.equal(answer.status, 201, answer.text);
});

test('what is wrong with an encrypted one is one clear error, and nothing of it counts', async () => {
  const good = await encrypted(signedBy(signer, request()));
  const parts = good.split('.');
  const header = JSON.parse(Buffer.from(parts[0], 'base64url'));
  const reheaded = (changes) => [Buffer.from(JSON.stringify({ ...header, ...changes })).toString('base64url'), ...parts.slice(1)].join('.');
  const other = await jose.generateKeyPair('ECDH-ES', { crv: 'P-256' });
  const bad = {
    'another key': await encrypted(signedBy(signer, request()), { to: other.publicKey }),
    'another kid': await encrypted(signedBy(signer, request()), { header: { kid: 'x' } }),
    'not signed inside': await encrypted(jwt('none', null, request())),
    'no JWT inside': await encrypted(JSON.stringify(request())),
    'nested twice': await encrypted(good),
    'deep': await encrypted(await encrypted(await encrypted(good))),
    'signed by a stranger': await encrypted(signedBy(makeKey('ES256', 'signer'), request())),
    'a changed tag': [...parts.slice(0, 4), randomBytes(16).toString('base64url')].join('.'),
    'no tag': [...parts.slice(0, 4), ''].join('.'),
    'a changed text': [...parts.slice(0, 3), altered(parts[3]), parts[4]].join('.'),
    'zip': reheaded({ zip: 'DEF' }), 'crit': reheaded({ crit: ['exp'] }), 'dir': reheaded({ alg: 'dir' }), 'RSA1_5': reheaded({ alg: 'RSA1_5' }),
    'RSA-OAEP': reheaded({ alg: 'RSA-OAEP' }), 'PBES2': reheaded({ alg: 'PBES2-HS256+A128KW', p2c: 2 ** 31 - 1, p2s: 'AAAA' }), 'no enc': reheaded({ enc: undefined }),
    'no epk': reheaded({ epk: undefined }), 'a null epk': reheaded({ epk: null }), 'epk off the curve': reheaded({ epk: { ...header.epk, y: header.epk.x } }),
    'four parts': parts.slice(0, 4).join('.'), 'six parts': `${good}.`, 'five empty parts': '....', 'cty': await encrypted(signedBy(signer, request()), { header: { cty: 'text/plain' } }),
  };
  for (const [what, object] of Object.entries(bad)) {
    const answer = await ask(object);
    answer.redirectsTo('https://asking.example/cb', { ...refusal('invalid_request_object'), state: 'outside' });
    assert.match(answer.params.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/, what);
  }
});

test('a hint that the client encrypted to us', async () => {
  const { browser, answer } = await signIn('bare');
  const { text } = await opened((await browser.redeem(answer)).id_token, rsa.privateKey);
  (await browser.authorize({ prompt: 'none', id_token_hint: await encrypted(text) })).redirectsTo(browser.client.callbacks[0], { code: /./, state: 'xyz' });
  (await browser.authorize({ prompt: 'none', id_token_hint: text })).redirectsTo(browser.client.callbacks[0], { code: /./, state: 'xyz' });
  for (const wrong of [await encrypted('x'), await encrypted(await encrypted(text)), `${await encrypted(text)}x`]) {
    (await browser.authorize({ prompt: 'none', id_token_hint: wrong })).redirectsTo(browser.client.callbacks[0], refusal('invalid_request'));
  }
});

const jwtType = 'application/token-introspection+jwt';
const introspect = (id, token, accept = jwtType) => plain.send('/oauth/introspect', { jar: undefined, form: { token, client_id: id, client_secret: webApp.client_secret }, headers: { Accept: accept } });

test('introspection as a JWT (RFC 9701), signed, and encrypted', async () => {
  const { browser, answer } = await signIn('bare');
  const { access_token: token } = await browser.redeem(answer);
  const verify = (text, alg, audience, verifier = keySet) => jose.jwtVerify(text, verifier, { issuer: server.issuer, audience, algorithms: [alg], typ: 'token-introspection+jwt' });
  for (const [id, alg] of [['office', 'RS256'], ['asking', 'ES256'], ['secretive', 'PS256'], ['hmac', 'HS256']]) {
    const said = await introspect(id, token);
    assert.equal(said.status, 200, said.text);
    assert.equal(said.header('content-type'), jwtType);
    said.isNeverCached();
    const text = id === 'secretive' ? (await opened(said.text, rsa.privateKey)).text : said.text;
    const { payload } = await verify(text, alg, id, alg === 'HS256' ? Buffer.from(webApp.client_secret) : keySet);
    assert.deepEqual(Object.keys(payload).sort(), ['aud', 'iat', 'iss', 'token_introspection']);
    assert.equal(payload.token_introspection.active, true);
    assert.equal(payload.token_introspection.client_id, 'bare');
    assert.equal((await userinfo(text)).status, 401, 'it is no access token');
  }
  const dead = await verify((await introspect('asking', 'x')).text, 'ES256', 'asking');
  assert.deepEqual(dead.payload.token_introspection, { active: false });
  for (const accept of ['application/json', '*/*', `${jwtType};q=0`]) assert.match((await introspect('asking', token, accept)).header('content-type'), /^application\/json/);
  assert.equal((await introspect('asking', token, `application/json;q=0.5, ${jwtType.toUpperCase()}`)).header('content-type'), jwtType);
  assert.equal((await plain.send('/oauth/introspect', { jar: undefined, form: { token, client_id: 'asking' }, headers: { Accept: jwtType } })).status, 401);
});

const described = (setting) => `The client has no key to encrypt this answer to, as its ${setting}_encrypted_response_alg asks`;
const whyMissing = String.raw`${server.issuer}why/encryption_key_missing\?id=[\w-]{8,64}`;

for (const id of ['gone-answers', 'unfit-answers']) {
  test(`${id}: userinfo says that there is no key, with a challenge, and to nobody whose token is not good`, async () => {
    const { browser, answer } = await signIn(id);
    const { access_token: token } = await browser.redeem(answer);
    const challenge = new RegExp(`^Bearer realm="Users", error="invalid_request", error_description="${described('userinfo')}", error_uri="${whyMissing}"$`);
    for (let tries = 0; tries < 2; tries++) {
      const said = await userinfo(token);
      assert.equal(said.status, 400, said.text);
      assert.equal(said.text, 'Bad Request');
      assert.match(said.header('www-authenticate'), challenge);
      said.isNeverCached();
    }
    assert.match((await userinfo(`${token}x`)).header('www-authenticate'), /error="invalid_token"/);
    const holder = new Holder();
    const { code } = (await browser.authorize({ prompt: 'none', scope: 'openid' })).params;
    const bound = await plain.send('/oauth/token', { jar: undefined, headers: { DPoP: holder.proof('POST', server.url('oauth/token')) },
      form: { grant_type: 'authorization_code', client_id: id, client_secret: webApp.client_secret, code, redirect_uri: browser.client.callbacks[0], code_verifier: verifier } });
    const { access_token: boundToken } = bound.response.json;
    const proven = await plain.send('/userinfo', { jar: undefined, headers: { Authorization: `DPoP ${boundToken}`, DPoP: holder.proof('GET', server.url('userinfo'), { token: boundToken }) } });
    assert.equal(proven.status, 400, proven.text);
    assert.match(proven.header('www-authenticate'), /^DPoP realm="Users", algs="[^"]+", error="invalid_request", error_description="The client has no key/);
    assert.equal((await userinfo(boundToken)).status, 401, 'without its proof it hears nothing of keys');
  });

  test(`${id}: introspection as a JWT says so to the client alone, and nothing of the token; as JSON it needs no key`, async () => {
    const { browser, answer } = await signIn('bare');
    const { access_token: token } = await browser.redeem(answer);
    for (const one of [token, 'x']) {
      const said = await introspect(id, one);
      assert.equal(said.status, 400, said.text);
      const { error_uri: uri, ...rest } = said.response.json;
      assert.deepEqual(rest, { error: 'invalid_request', error_description: described('introspection') });
      assert.match(uri, new RegExp(`^${whyMissing}$`));
      assert.equal(said.header('www-authenticate'), undefined);
      said.isNeverCached();
    }
    assert.equal((await introspect(id, token, 'application/json')).response.json.active, true);
    const stranger = await plain.send('/oauth/introspect', { jar: undefined, form: { token, client_id: id, client_secret: 'wrong' }, headers: { Accept: jwtType } });
    assert.deepEqual([stranger.status, stranger.response.json.error], [401, 'invalid_client']);
    assert.match(server.stderr, new RegExp(`a client has no key to encrypt to.*${id}`));
    for (const secret of [token, webApp.client_secret]) assert.ok(!server.stderr.includes(secret));
  });
}

test('a key that is published later opens both, with the same access token', async () => {
  const { browser, answer } = await signIn('unfit-answers');
  const { access_token: token } = await browser.redeem(answer);
  assert.equal((await userinfo(token)).status, 400);
  await server.apply({ ...server.tenant, clients: clients.map((one) => (one.client_id === 'unfit-answers' ? { ...one, jwks: { keys: [ecJwk] } } : one)) });
  let info;
  for (let i = 0; i < 100 && (info = await userinfo(token)).status !== 200; i++) await pause(100);
  assert.equal(JSON.parse((await opened(info.text, privateOf('ECDH-ES'))).text).email, 'ana@example.com');
  assert.match((await opened((await introspect('unfit-answers', token)).text, privateOf('ECDH-ES'))).text, /^eyJ/);
  await server.apply(server.tenant);
});

test('a document of keys that cannot be had is asked for once', () => {
  assert.equal(asked.filter((url) => url === '/gone-answers').length, 1);
});

const register = (json) => plain.send('/oidc/register', { jar: undefined, method: 'POST', json: { redirect_uris: ['https://rp.example/cb'], ...json } });

test('registration: each member checked and echoed; a client that registered gets its token encrypted', async () => {
  const refused = async (json, name) => {
    const answer = await register(json);
    assert.equal(answer.status, 400, answer.text);
    assert.equal(answer.response.json.error, 'invalid_client_metadata');
    assert.match(answer.response.json.error_description, new RegExp(`^${name}`));
  };
  const jwks = { keys: [rsaJwk] };
  for (const what of ['id_token_encrypted_response', 'userinfo_encrypted_response', 'introspection_encrypted_response', 'request_object_encryption']) {
    for (const alg of ['RSA1_5', 'dir', 'none', 'A128KW', 'PBES2-HS256+A128KW', 7]) await refused({ jwks, [`${what}_alg`]: alg }, `${what}_alg`);
    await refused({ jwks, [`${what}_alg`]: 'ECDH-ES', [`${what}_enc`]: 'none' }, `${what}_enc`);
    await refused({ jwks, [`${what}_enc`]: 'A128GCM' }, `${what}_enc`);
    if (!what.startsWith('request')) await refused({ [`${what}_alg`]: 'ECDH-ES' }, `${what}_alg`);
  }
  await refused({ introspection_signed_response_alg: 'none' }, 'introspection_signed_response_alg');
  await refused({ request_object_encryption_alg: 'RSA-OAEP' }, 'request_object_encryption_alg');
  const made = await register({ jwks, ...both('RSA-OAEP-256', 'A256GCM'), request_object_encryption_alg: 'ECDH-ES', request_object_encryption_enc: 'A128GCM', token_endpoint_auth_method: 'client_secret_post' });
  assert.equal(made.status, 201, made.text);
  const said = made.response.json;
  for (const [name, value] of Object.entries(both('RSA-OAEP-256', 'A256GCM'))) assert.equal(said[name], value);
  const browser = new Browser(server, { client: { ...said, callbacks: said.redirect_uris } });
  const tokens = await browser.redeem(await browser.press(await browser.signIn('ana'), {}, (button) => button.value === 'accept'));
  await jose.jwtVerify((await opened(tokens.id_token, rsa.privateKey)).text, keySet, { audience: said.client_id });
});

test('discovery names what works', async () => {
  const told = (await plain.send('/.well-known/openid-configuration')).response.json;
  for (const what of ['id_token', 'userinfo', 'introspection']) {
    assert.deepEqual(told[`${what}_encryption_alg_values_supported`], algs);
    assert.deepEqual(told[`${what}_encryption_enc_values_supported`], encs);
  }
  assert.deepEqual(told.request_object_encryption_alg_values_supported, ownAlgs);
  assert.deepEqual(told.request_object_encryption_enc_values_supported, encs);
  assert.deepEqual(told.introspection_signing_alg_values_supported, ['RS256', 'ES256', 'PS256', 'EdDSA', 'HS256']);
});

test('our key rotates by command: the new one is published, the old one opens until it is revoked', async () => {
  const done = await server.command('key', 'rotate', '--alg', 'ECDH-ES', '--json');
  assert.equal(done.code, 0, done.stderr);
  const mine = JSON.parse(done.stdout).filter((one) => one.alg === 'ECDH-ES');
  assert.deepEqual(mine.map((one) => one.state), ['current', 'previous']);
  assert.equal(mine[1].kid, ownJwk.kid);
  let now;
  for (let i = 0; i < 100 && (now = (await ownKey()).jwk.kid) !== mine[0].kid; i++) await new Promise((later) => { setTimeout(later, 100); });
  assert.equal(now, mine[0].kid);
  const old = await encrypted(signedBy(signer, request()));
  const fresh = await encrypted(signedBy(signer, request()), { to: (await ownKey()).key, header: { kid: now } });
  for (const object of [old, fresh]) (await ask(object)).redirectsTo('https://asking.example/cb', { ...refusal('login_required'), state: 'inside' });
  assert.equal((await server.command('key', 'revoke', now)).code, 1, 'not the one in use');
  assert.equal((await server.command('key', 'revoke', ownJwk.kid)).code, 0);
  let told;
  for (let i = 0; i < 100 && (told = (await ask(old)).params.error) !== 'invalid_request_object'; i++) await new Promise((later) => { setTimeout(later, 100); });
  assert.equal(told, 'invalid_request_object');
  (await ask(fresh)).redirectsTo('https://asking.example/cb', { ...refusal('login_required'), state: 'inside' });
});

test('our key is the same after a restart', async () => {
  const before = (await ownKey()).jwk.kid;
  await server.restart();
  assert.equal((await ownKey()).jwk.kid, before);
});
