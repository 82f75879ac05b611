// SPDX-License-Identifier: Apache-2.0
// Bad input at every endpoint that takes parameters: missing, empty, repeated, oversized, not
// text, of another type. Always the standard's error and one line of ASCII; nothing is stored,
// nothing fetched, and what was asked for beside it is still good.
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { after, test } from 'node:test';

import { Browser, challenge, claims, spa } from '../support/browser.mjs';
import { checkError } from '../support/conformance.mjs';
import { encode } from '../support/http.mjs';
import { jwt, makeKey, signedBy } from '../support/jwt.mjs';
import { rows } from '../support/rows.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, webApp } from '../support/tenant.mjs';

// Somebody who must not be called, whatever a parameter says.
let calls = 0;
const lure = net.createServer((socket) => { calls++; socket.destroy(); });
await new Promise((done) => { lure.listen(0, '127.0.0.1', done); });
after(() => lure.close());
const bait = `https://localhost:${lure.address().port}/`;

const key = makeKey('ES256');
const byKey = { ...webApp, client_secret: undefined, client_id: 'by-key', name: 'By key', token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: [key.jwk] } };
const device = { ...webApp, client_id: 'device', name: 'Television', grant_types: ['urn:ietf:params:oauth:grant-type:device_code'] };
const server = await serve({ tenant: defaultTenant({ clients: [spa, webApp, byKey, device],
  tenant: { flags: { enable_dynamic_client_registration: true }, outgoing_private_hosts: [`localhost:${lure.address().port}`] } }) });
const browser = new Browser(server, { client: webApp });
await browser.signIn('ana');
const credentials = { client_id: webApp.client_id, client_secret: webApp.client_secret };
const scope = 'openid offline_access';
const newCode = async () => (await browser.authorize({ prompt: 'none', scope, code_challenge: undefined,
  code_challenge_method: undefined })).params.code;
const redemption = async () => ({ grant_type: 'authorization_code', code: await newCode(), redirect_uri: webApp.callbacks[0], ...credentials });
const agent = new http.Agent({ keepAlive: true });
after(() => agent.destroy());
const send = (path, options) => browser.send(path, { jar: undefined, method: 'POST', agent, ...options });
const tokens = (await send('/oauth/token', { form: await redemption() })).response.json;
const idToken = tokens.id_token;

const registration = { redirect_uris: ['https://rp.example/callback'], client_name: 'New' };
const pushed = { ...credentials, redirect_uri: webApp.callbacks[0], response_type: 'code', scope: 'openid', state: 'xyz', nonce: 'n' };

const grantErrors = ['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope',
  'invalid_target'];
const authorizationErrors = [...grantErrors, 'unsupported_response_type', 'access_denied', 'request_not_supported', 'request_uri_not_supported',
  'registration_not_supported', 'invalid_request_object', 'invalid_request_uri', 'invalid_dpop_proof'];

/**
 * Every endpoint that takes a form: what it takes when all is well, and which of it must be there.
 * `extra` names what may come beside that.
 */
const endpoints = [
  { name: 'code', path: '/oauth/token', good: redemption, needs: ['grant_type', 'code', 'redirect_uri', 'client_id', 'client_secret'],
    extra: ['code_verifier', 'client_assertion', 'client_assertion_type', 'scope', 'audience', 'unknown'], errors: grantErrors },
  { name: 'refresh', path: '/oauth/token', good: () => ({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token, ...credentials }),
    needs: ['grant_type', 'refresh_token', 'client_id', 'client_secret'], extra: ['scope', 'audience', 'unknown'], errors: [...grantErrors,
      'access_denied'] },
  { name: 'pushed request', path: '/oauth/par', good: () => pushed, needs: ['redirect_uri', 'response_type', 'client_id', 'client_secret'],
    extra: ['request', 'request_uri', 'registration', 'response_mode', 'prompt', 'max_age', 'claims', 'id_token_hint', 'login_hint', 'acr_values',
      'ui_locales',
      'code_challenge', 'code_challenge_method', 'audience', 'display', 'dpop_jkt', 'web_message_uri', 'web_message_target', 'unknown'],
        errors: authorizationErrors },
  { name: 'device', path: '/oauth/device/code', good: () => ({ client_id: device.client_id, client_secret: device.client_secret, scope: 'openid' }),
    needs: ['client_id', 'client_secret'], extra: ['scope', 'audience', 'unknown'], errors: grantErrors },
  { name: 'introspection', path: '/oauth/introspect', good: () => ({ token: tokens.access_token, ...credentials }), needs: ['token', 'client_id',
    'client_secret'],
    extra: ['token_type_hint', 'unknown'], errors: grantErrors },
  { name: 'revocation', path: '/oauth/revoke', good: () => ({ token: 'none of ours', ...credentials }), needs: ['token', 'client_id',
    'client_secret'],
    extra: ['token_type_hint', 'unknown'], errors: [...grantErrors, 'unsupported_token_type'] },
];

/** The standard's error: RFC 6749, 5.2. */
function refuses(answer, errors, what) {
  assert.ok([400, 401, 403].includes(answer.status), `${what}: ${answer.status} ${answer.text.slice(0, 300)}`);
  assert.match(answer.header('content-type'), /^application\/json\b/, what);
  answer.isNeverCached();
  checkError(answer.response.json, errors);
  assert.deepEqual(Object.keys(answer.response.json).filter((name) => !/^error/.test(name)), [], what);
  return answer.response.json;
}

let known = rows(server);

/** Of all that was refused since `known`, nothing came. */
function nothingCame() {
  assert.deepEqual(rows(server), known, 'nothing is stored');
  assert.equal(calls, 0, 'nothing is fetched');
}

const pairs = (form, name, ...values) => [...Object.entries(form).filter(([key]) => key !== name), ...values.map((value) => [name, value])];
const raw = (path, form, name, bytes) => send(path, { body: `${encode(pairs(form, name))}&${name}=${bytes}`,
  headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });

for (const { name, path, good, needs, extra, errors } of endpoints) {
  test(`${name}: each parameter that must be there, missing and empty`, async () => {
    const form = await good();
    for (const left of needs) {
      for (const values of [[], ['']]) refuses(await send(path, { form: pairs(form, left, ...values) }), errors, `${left} ${values}`);
    }
  });

  test(`${name}: each parameter twice, alike and not`, async () => {
    const form = await good();
    for (const twice of [...needs, ...extra]) {
      for (const second of [form[twice] ?? '1', 'another']) {
        const { error } = refuses(await send(path, { form: pairs(form, twice, form[twice] ?? '1', second) }), errors, twice);
        assert.equal(error, 'invalid_request', twice);
      }
    }
  });

  test(`${name}: each parameter that is not text`, async () => {
    const form = await good();
    for (const broken of [...needs, ...extra]) {
      for (const bytes of ['%00', 'a%00b', '%ff', '%c0%80', '%ed%a0%80', '%', '%4', '%zz']) {
        const { error } = refuses(await raw(path, form, broken, bytes), errors, `${broken}=${bytes}`);
        assert.equal(error, 'invalid_request', `${broken}=${bytes}`);
      }
    }
  });

  test(`${name}: each parameter with 20 kB, and with more than a body may hold`, async () => {
    const form = await good();
    for (const long of needs) {
      const answer = await send(path, { form: { ...form, [long]: 'x'.repeat(20_000) } });
      // To revoke what is no token is no mistake: RFC 7009, 2.2. To ask about it neither: RFC 7662, 2.2.
      if (long === 'token') assert.equal(answer.status, 200);
      else refuses(answer, errors, long);
      assert.ok(answer.text.length < 2000, `${long} is not played back`);
    }
    for (const long of [...needs, ...extra]) {
      const { status, text } = await send(path, { form: { ...form, [long]: 'x'.repeat(70_000) } });
      assert.equal(status, 413, long);
      assert.ok(text.length < 1000);
    }
  });

  test(`${name}: each parameter of another type in JSON`, async () => {
    const form = await good();
    for (const odd of [...needs, ...extra]) {
      for (const value of [[], ['a'], [form[odd] ?? 'a'], {}, { a: { b: 'c' } }, 'a\u0000b']) {
        const { error } = refuses(await send(path, { json: { ...form, [odd]: value } }), errors, `${odd}: ${JSON.stringify(value)}`);
        assert.equal(error, 'invalid_request', `${odd}: ${JSON.stringify(value)}`);
      }
    }
    for (const odd of needs) {
      for (const value of [null, true, false, 1.5, -1, 1e300]) {
        const answer = await send(path, { json: { ...form, [odd]: value } });
        if (odd === 'token' && value === -1) assert.equal(answer.status, 200, 'a token that is none');
        else refuses(answer, errors, `${odd}: ${value}`);
      }
    }
  });

  test(`${name}: a body that is none`, async () => {
    const bodies = [['application/json', ['', '{', '[]', 'null', '"x"', '1', '{"client_id":"a","client_id":"b"}', '['.repeat(5000), '\u0000',
      '\ufeff{}', '{"a":"\ud800"}']],
      ['text/plain', ['client_id=office']], ['multipart/form-data; boundary=x', ['--x--']], ['application/x-www-form-urlencoded', ['', '\0', '&&&',
        '=', '=a']]];
    for (const [type, list] of bodies) {
      for (const body of list) refuses(await send(path, { body, headers: { 'Content-Type': type } }), errors, `${type} ${body.slice(0, 40)}`);
    }
  });

  test(`${name}: nothing of it is stored or fetched, and what is right still is`, async () => {
    nothingCame();
    const { status, text } = await send(path, { form: await good() });
    assert.ok(status < 300, text);
    known = rows(server);
  });
}

// The rest of what /authorize must bear is in bad_input.test.mjs.
test('authorize: each parameter missing, empty, and of a value that is none', async () => {
  const bad = {
    client_id: ['', 'nobody', bait, '[]'], redirect_uri: ['', 'x', bait, 'https://user@app.localhost:9/'], response_type: ['', 'magic', 'none',
      'code code'],
    response_mode: ['magic', 'jwt', 'query.jwt'], scope: ['"', 'openid\n', '\u00e9'], prompt: ['magic', 'none login', 'None'], max_age: ['-1', '1.5',
      'x', '99999999999', ' 1', '[]'],
    code_challenge: ['x', '='.repeat(43), 'x'.repeat(129)], code_challenge_method: ['S512', 's256', 'none'], claims: ['x', '[]', 'null', '{',
      '{"id_token":{},"id_token":{}}', '"x"', '1'],
    id_token_hint: ['x', 'a.b.c', jwt('none', null, claims(idToken)), jwt('HS256', 'x', claims(idToken)), signedBy(key, claims(idToken)),
      tokens.access_token],
    request: ['x', 'a.b.c', jwt('none', null, { client_id: webApp.client_id }), signedBy(key, { client_id: webApp.client_id })],
    request_uri: ['x', bait, 'urn:ietf:params:oauth:request_uri:x', 'urn:ietf:params:oauth:request_uri:', 'file:///etc/passwd'], registration: ['{}',
      'x'],
    dpop_jkt: ['x', '='.repeat(43)], audience: ['https://nobody.example', bait], web_message_uri: [bait], web_message_target: ['x'],
  };
  for (const [name, values] of Object.entries(bad)) {
    for (const value of values) {
      const answer = await browser.authorize({ prompt: 'none', nonce: 'n', [name]: value });
      const what = `${name}=${value.slice(0, 60)}`;
      assert.ok(!answer.params.code && !/[?&#](code|access_token|id_token)=/.test(answer.location ?? ''), what);
      if (answer.location) checkError(answer.params, [...authorizationErrors, 'login_required']);
      else assert.ok(answer.status >= 400 && answer.status < 500, `${what}: ${answer.status}`);
      if (!['client_id', 'redirect_uri'].includes(name)) assert.notEqual(answer.params.error, 'login_required', what);
    }
  }
  for (const name of ['client_id', 'redirect_uri']) {
    const { status, location } = await browser.authorize({ prompt: 'none', [name]: undefined });
    assert.ok([400, 403].includes(status) && !location, name);
  }
  assert.equal((await browser.authorize({ prompt: 'none', response_type: undefined })).params.error, 'invalid_request');
});

test('a code that came with all that is still good, once', async () => {
  const form = await redemption();
  for (const [name, value] of [['redirect_uri', 'https://evil.example/'], ['code_verifier', challenge], ['client_secret', 'wrong'], ['grant_type',
    'magic']]) {
    refuses(await send('/oauth/token', { form: { ...form, [name]: value } }), grantErrors, name);
  }
  nothingCame();
  assert.equal((await send('/oauth/token', { form })).status, 200);
  known = rows(server);
});

test('client assertions that are none: each is invalid_client', async () => {
  const now = Math.floor(Date.now() / 1000);
  const good = { iss: byKey.client_id, sub: byKey.client_id, aud: server.issuer, exp: now + 60, iat: now, jti: 'one' };
  const other = makeKey('ES256');
  const rsa = makeKey('RS256', key.kid);
  const publicText = JSON.stringify(key.jwk);
  const head = Buffer.from(JSON.stringify({ alg: 'ES256', kid: key.kid })).toString('base64url');
  const rowsOf = {
    'alg none': jwt('none', null, good),
      'alg None': `${Buffer.from('{"alg":"None"}').toString('base64url')}.${Buffer.from(JSON.stringify(good)).toString('base64url')}.`,
    'another key': signedBy(other, good, { kid: key.kid }), 'another kind of key': signedBy(rsa, good), 'HS256 by the public key': jwt('HS256',
      publicText, good, { kid: key.kid }),
    'its own key in the header': signedBy(other, good, { jwk: other.jwk, kid: key.kid }), 'a jku': signedBy(other, good, { jku: bait }),
      'an x5u': signedBy(other, good, { x5u: bait }),
    'crit': signedBy(key, good, { crit: ['b64'], b64: false }), 'zip': signedBy(key, good, { zip: 'DEF' }), 'nested': signedBy(key, signedBy(key,
      good), { cty: 'JWT' }),
    'aud elsewhere': signedBy(key, { ...good, aud: 'https://evil.example/' }), 'no aud': signedBy(key, { ...good, aud: undefined }),
      'aud of another type': signedBy(key, { ...good, aud: { a: server.issuer } }),
    'iss of another': signedBy(key, { ...good, iss: webApp.client_id }), 'sub of another': signedBy(key, { ...good, sub: webApp.client_id }),
      'no sub': signedBy(key, { ...good, sub: undefined }),
    'expired': signedBy(key, { ...good, exp: now - 3600 }), 'no exp': signedBy(key, { ...good, exp: undefined }), 'exp as text': signedBy(key,
      { ...good, exp: `${now + 60}` }), 'exp null': signedBy(key, { ...good, exp: null }),
    'not before tomorrow': signedBy(key, { ...good, nbf: now + 86400 }), 'issued tomorrow': signedBy(key, { ...good, iat: now + 86400,
      exp: now + 90000 }), 'for years': signedBy(key, { ...good, exp: now + 1e9 }),
    'members twice': signedBy(key, `{"iss":"x",${JSON.stringify(good).slice(1)}`), 'a header with members twice': jwt('ES256', key.privateKey, good,
      `{"alg":"none","alg":"ES256","kid":"${key.kid}"}`),
    'no payload': `${head}..x`, 'payload a list': signedBy(key, [good]), 'payload null': signedBy(key, 'null'), 'two parts': signedBy(key,
      good).split('.').slice(0, 2).join('.'),
    'five parts': `${signedBy(key, good)}.a.b`, 'padded': `${signedBy(key, good)}=`,
      'no signature': `${signedBy(key, good).split('.').slice(0, 2).join('.')}.`, 'a blank': ` ${signedBy(key, good)}`,
    'not base64url': signedBy(key, good).replace(/\./g, '+.'), 'no jwt': 'x', 'dots': '..', 'jti empty': signedBy(key, { ...good, jti: '' }),
      'jti of another type': signedBy(key, { ...good, jti: 7 }),
  };
  for (const [what, client_assertion] of Object.entries(rowsOf)) {
    const form = { ...pushed, client_secret: undefined, client_id: byKey.client_id, client_assertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' };
    const { error } = refuses(await send('/oauth/par', { form }), authorizationErrors, what);
    assert.equal(error, 'invalid_client', what);
  }
});

test('userinfo: tokens that are none, twice, in two ways, of another type', async () => {
  const { access_token: token } = tokens;
  const challenged = (answer, status, what) => {
    assert.equal(answer.status, status, what);
    assert.match(answer.header('www-authenticate'), /^Bearer /, what);
    assert.doesNotMatch(answer.header('www-authenticate'), /[^\x20-\x7e]/);
    assert.ok(answer.text.length < 200);
  };
  const bearer = (value) => ({ headers: { Authorization: value } });
  const json = { ...bearer(undefined), json: { access_token: token } };
  for (const value of [undefined, '', 'Bearer', 'Bearer ', `Basic ${token}`, `Bearer ${token} x`, `Bearer ${token}, Bearer ${token}`,
    `Bearer "${token}"`, 'Bearer \u00e9', `Bearer ${'x'.repeat(12_000)}`,
    `Bearer ${idToken}`, `Bearer ${tokens.refresh_token}`, `Bearer ${jwt('none', null, { sub: 'x', iss: server.issuer })}`,
      `Bearer ${jwt('HS256', 'x', claims(idToken))}`]) {
    challenged(await browser.send('/userinfo', { jar: undefined, ...bearer(value) }), 401, String(value).slice(0, 60));
  }
  for (const form of [{}, { access_token: '' }, { access_token: 'x' }, { access_token: 'x'.repeat(20_000) }]) challenged(await send('/userinfo',
    { form }), 401, JSON.stringify(form).slice(0, 60));
  challenged(await send('/userinfo', json), 401, 'JSON');
  for (const form of [[['access_token', token], ['access_token', token]], [['access_token', token], ['access_token',
    'x']]]) challenged(await send('/userinfo', { form }), 400, 'twice');
  challenged(await send('/userinfo', { form: { access_token: token }, ...bearer(`Bearer ${token}`) }), 400, 'two ways');
  for (const bytes of ['%00', 'a%00b', '%ff', '%', '%zz']) challenged(await raw('/userinfo', {}, 'access_token', bytes), 400, bytes);
  assert.equal((await send('/userinfo', { form: { access_token: token } })).status, 200);
});

const logoutParameters = ['id_token_hint', 'logout_hint', 'client_id', 'post_logout_redirect_uri', 'state', 'ui_locales'];

test('logout: each parameter twice, not text, oversized; a page each, and nothing ends', async () => {
  const home = webApp.allowed_logout_urls[0];
  const good = { id_token_hint: idToken, client_id: webApp.client_id, post_logout_redirect_uri: home, state: 's', logout_hint: claims(idToken).sid,
    ui_locales: 'en' };
  for (const method of ['GET', 'POST']) {
    const ask = (list) => browser.send('/oidc/logout', method === 'GET' ? { query: list } : { form: list });
    for (const name of logoutParameters) {
      (await ask(pairs(good, name, good[name], good[name]))).isPage(400);
      (await ask(pairs(good, name, good[name], 'x'))).isPage(400);
      if (!['logout_hint', 'ui_locales'].includes(name)) (await ask(pairs(good, name, 'x'.repeat(12_000)))).isPage(400);
    }
  }
  for (const name of logoutParameters) {
    for (const bytes of ['%00', '%ff', '%', '%zz']) (await browser.send(`/oidc/logout?${encode(pairs(good, name))}&${name}=${bytes}`)).isPage(400);
  }
  for (const uri of [`${home}#x`, `${home}?a=b`, 'javascript:alert(1)', 'http://office.localhost:9@evil.example/',
    'http://office.localhost.evil.example:9/', '//evil.example/', `${home}%0d%0aX: y`, bait]) {
    (await browser.send('/oidc/logout', { query: { ...good, post_logout_redirect_uri: uri } })).isPage(400);
  }
  assert.ok((await browser.authorize({ prompt: 'none' })).params.code, 'still signed in');
});

test('registration: every member of every other type; each refusal is one of its two errors', async () => {
  const members = ['redirect_uris', 'response_types', 'grant_types', 'application_type', 'token_endpoint_auth_method', 'contacts', 'client_name',
    'client_uri', 'logo_uri', 'policy_uri', 'tos_uri', 'jwks',
    'jwks_uri', 'sector_identifier_uri', 'subject_type', 'id_token_signed_response_alg', 'userinfo_signed_response_alg', 'request_object_signing_alg',
      'require_signed_request_object', 'default_max_age',
    'require_auth_time', 'default_acr_values', 'initiate_login_uri', 'request_uris', 'post_logout_redirect_uris', 'scope', 'software_id',
      'software_version', 'software_statement',
    'require_pushed_authorization_requests', 'token_endpoint_auth_signing_alg'];
  const right = { require_signed_request_object: 'boolean', require_auth_time: 'boolean', require_pushed_authorization_requests: 'boolean',
    default_max_age: 'number' };
  const texts = ['client_name', 'scope', 'software_id', 'software_version'];
  const lists = ['contacts', 'default_acr_values'];
  for (const name of members) {
    for (const value of ['', 'x'.repeat(3000), 7, -1, 1.5, true, {}, [[]], [7], [null], [{ a: [] }], { a: { b: [] } }, `${bait}#\u00e9`,
      'a\u0000b']) {
      if (typeof value === right[name] && value !== -1 && value !== 1.5) continue;
      if (texts.includes(name) && typeof value === 'string' && value.startsWith('https')) continue;
      const answer = await send('/oidc/register', { json: { ...registration, [name]: value } });
      const what = `${name}: ${JSON.stringify(value).slice(0, 60)}`;
      assert.equal(answer.status, 400, `${what}: ${answer.text.slice(0, 300)}`);
      checkError(answer.response.json, ['invalid_redirect_uri', 'invalid_client_metadata']);
      if (!JSON.stringify(value).includes('u0000')) assert.ok(answer.response.json.error_description.includes(name),
        `${what}: ${answer.response.json.error_description}`);
    }
    if (lists.includes(name)) assert.equal((await send('/oidc/register', { json: { ...registration, [name]: Array(60).fill('a') } })).status, 400,
      name);
  }
});

test('registration: redirect_uris that lead elsewhere than they look', async () => {
  for (const uri of ['https://rp.example/cb#x', 'https://rp.example/cb#', 'https://user@rp.example/cb', 'https://user:pass@rp.example/cb',
    'https://rp.example@evil.example/', 'javascript:alert(1)', 'data:text/html,x',
    'file:///etc/passwd', 'ftp://rp.example/', 'http://rp.example/cb', 'http://localhost.evil.example/', 'http://127.0.0.1.evil.example/',
      'https:/rp.example/cb', 'https:rp.example', '//rp.example/cb', '/cb', 'cb',
    'https://', 'https://rp.example\\@evil.example/', 'https://rp.example/ cb', ' https://rp.example/cb', 'https://rp.ex\u00e4mple/cb',
      'https://rp.example\u3002evil.example/', 'https://rp.example:99999/',
    'https://rp.example/cb\n', 'https://*.example/cb', 'https://[::1', 'blob:https://rp.example/x', 'vbscript:x', 'about:blank',
      'view-source:https://rp.example/']) {
    const answer = await send('/oidc/register', { json: { redirect_uris: [uri] } });
    assert.equal(answer.status, 400, `${uri}: ${answer.text}`);
    checkError(answer.response.json, ['invalid_redirect_uri', 'invalid_client_metadata']);
  }
});

test('registration: a body of a megabyte', async () => {
  const large = await send('/oidc/register', { json: { ...registration, client_name: 'x'.repeat(1 << 20) } }).catch((error) => error);
  assert.ok(large.status === 413 || /ECONNRESET|EPIPE/.test(large.code), String(large.status ?? large));
});

test('nothing of all that is stored or fetched', nothingCame);

// Where a page leads on, what came may stand in the headers of the answer.
test('every path, asked by every method with bytes that are no form: an answer each', async () => {
  const paths = ['/authorize', '/authorize/resume', '/continue', '/oauth/token', '/oauth/par', '/oauth/device/code', '/oauth/revoke',
    '/oauth/introspect', '/oidc/register', '/oidc/register/x', '/userinfo', '/.well-known/openid-configuration', '/v2/logout', '/oidc/logout',
    '/oidc/logout/resume', '/oidc/check_session', '/why/no_session', '/u/login', '/u/account', '/u/account/export', '/u/account/delete',
    '/u/password', '/u/mfa', '/u/mfa/manage', '/u/consent', '/u/signup', '/u/reset', '/u/verify', '/u/logout', '/activate',
    '/dbconnections/signup', '/dbconnections/change_password', '/api/v2/keys/signing', '/api/v2/keys/signing/rotate',
    '/api/v2/keys/signing/x/revoke', '/healthz', '/readyz', '/none'];
  const bodies = ['a\r\nX-Odd: b', '\n', '\0', 'state=a.b\0', 'state=\u00e9.b', 'returnTo=a\r\nb', '#', '\ufffd', '%', '%0d%0a', 'state=%0d%0a.x', '{}',
    `state=${'x'.repeat(9000)}`];
  for (const path of paths) {
    for (const body of bodies) {
      for (const type of ['application/x-www-form-urlencoded', 'application/json', 'text/plain']) {
        for (const method of ['POST', 'PUT', 'DELETE']) {
          const { status } = await send(path, { method, body, headers: { 'Content-Type': type } });
          assert.ok(status >= 200 && status < 500, `${method} ${path} ${JSON.stringify(body.slice(0, 40))}: ${status}`);
        }
      }
      const { status } = await send(`${path}?${encodeURI(body)}`, { method: 'GET' });
      assert.ok(status >= 200 && status < 500, `GET ${path}?${encodeURI(body)}: ${status}`);
    }
  }
});
