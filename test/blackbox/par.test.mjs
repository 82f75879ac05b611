// SPDX-License-Identifier: Apache-2.0
// RFC 9126: pushed authorization requests.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, challenge, refusal, spa } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, webApp } from '../support/tenant.mjs';

const strict = { ...spa, client_id: 'strict', name: 'Strict', require_pushed_authorization_requests: true, par_request_expiry: 90 };
const tenant = defaultTenant({ clients: [spa, webApp, strict] });
const server = await serve({ tenant });
const browser = new Browser(server);
await browser.signIn('ana');

const asked = (client, changes) => ({ client_id: client.client_id, redirect_uri: client.callbacks[0], response_type: 'code',
  scope: 'openid', state: 'xyz', nonce: 'n', code_challenge: challenge, code_challenge_method: 'S256', ...changes });

const push = (form, options) => browser.send('/oauth/par', { jar: undefined, form, ...options });

async function pushed(changes, client = spa, more = {}) {
  const answer = await push({ ...asked(client, changes), ...more });
  assert.equal(answer.status, 201, answer.text);
  return answer.response.json.request_uri;
}

const open = (uri, client = spa, more = {}) => browser.authorize(
  Object.entries({ client_id: client.client_id, request_uri: uri, ...more }), { frame: true });

function refuses(answer, status, error, description = /./) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.response.json.error, error, answer.text);
  assert.match(answer.response.json.error_description, description);
  assert.match(answer.response.json.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  answer.isNeverCached();
}

test('a pushed request is answered with 201, a urn and the seconds it is good for', async () => {
  const answer = await push(asked(spa));
  assert.equal(answer.status, 201, answer.text);
  assert.match(answer.header('content-type'), /^application\/json/);
  answer.isNeverCached();
  const reply = answer.response.json;
  assert.deepEqual(Object.keys(reply).sort(), ['expires_in', 'request_uri']);
  assert.equal(reply.expires_in, 30);
  assert.match(reply.request_uri, /^urn:ietf:params:oauth:request_uri:[\w-]{32,}$/);
  assert.equal((await push(asked(strict))).response.json.expires_in, 90);
});

test('the browser carries its name, once; the parameters beside it count for nothing', async () => {
  const uri = await pushed({ prompt: 'none' });
  (await open(uri, spa, { state: 'forged', redirect_uri: 'https://evil.example/' }))
    .redirectsTo(spa.callbacks[0], { code: /./, state: 'xyz' }, 'query');
  const again = await open(uri);
  again.isErrorPage(400);
  assert.match(again.text, /request_uri_invalid/);
});

test('the code that came of it is redeemed as any', async () => {
  const answer = await open(await pushed({ prompt: 'none' }));
  const tokens = await browser.redeem(answer);
  assert.ok(tokens.id_token);
});

test('silence keeps its word: web_message, and errors leave the request as it is', async () => {
  const uri = await pushed({ prompt: 'none', response_mode: 'web_message' });
  const nobody = new Browser(server);
  for (let i = 0; i < 2; i++) {
    (await nobody.authorize(Object.entries({ client_id: 'shop', request_uri: uri })))
      .postsMessage('http://app.localhost:9', refusal('login_required', 'Login required')).because('no_session');
  }
  (await open(uri)).postsMessage('http://app.localhost:9', { code: /./, state: 'xyz' });
});

test('a person signs in with it', async () => {
  const person = new Browser(server);
  const first = await person.follow(await person.authorize(Object.entries({ client_id: 'shop', request_uri: await pushed() })));
  (await person.fillIn(first, person.user('ben'))).redirectsTo(spa.callbacks[0], { code: /./, state: 'xyz' });
});

test('of many who come at once with one request, one is answered', async () => {
  const uri = await pushed({ prompt: 'none' });
  const answers = await Promise.all(Array.from({ length: 8 }, () => open(uri)));
  assert.equal(answers.filter((answer) => answer.location && answer.params.code).length, 1);
  for (const answer of answers) assert.ok(answer.status < 500, answer.text);
});

test('another client cannot use it', async () => {
  const uri = await pushed({ prompt: 'none' });
  (await open(uri, strict)).isErrorPage(400);
  (await open(uri)).redirectsTo(spa.callbacks[0], { code: /./, state: 'xyz' });
});

test('it ends with its time', async (t) => {
  const late = await serve({ test: t, tenant: defaultTenant({ clients: [{ ...spa, par_request_expiry: 1 }] }) });
  const there = new Browser(late);
  const { request_uri: uri } = (await there.send('/oauth/par', { form: asked(spa, { prompt: 'none' }) })).response.json;
  await new Promise((done) => { setTimeout(done, 2100); });
  (await there.authorize(Object.entries({ client_id: 'shop', request_uri: uri }))).isErrorPage(400);
});

test('a client that has to push is refused without, and only without', async () => {
  (await browser.authorize(asked(strict, { prompt: 'none' }))).redirectsTo(strict.callbacks[0],
    refusal('invalid_request', 'This client has to push its requests.'));
  (await open(await pushed({ prompt: 'none' }, strict), strict)).redirectsTo(strict.callbacks[0], { code: /./, state: 'xyz' });
});

test('a tenant can ask it of all, and discovery says so', async (t) => {
  const all = await serve({ test: t, tenant: defaultTenant({ tenant: { require_pushed_authorization_requests: true } }) });
  const there = new Browser(all);
  (await there.authorize({ prompt: 'none' })).redirectsTo(spa.callbacks[0], refusal('invalid_request', /push/));
  const told = (await there.send('/.well-known/openid-configuration')).response.json;
  assert.equal(told.require_pushed_authorization_requests, true);
  assert.equal(told.pushed_authorization_request_endpoint, `${all.issuer}oauth/par`);
});

test('the client proves who it is, as at the token endpoint', async () => {
  assert.ok(await pushed({}, webApp, { client_secret: webApp.client_secret }));
  refuses(await push(asked(webApp)), 401, 'invalid_client');
  refuses(await push({ ...asked(webApp), client_secret: 'wrong' }), 401, 'invalid_client');
  refuses(await push(asked({ ...spa, client_id: 'nobody' })), 401, 'invalid_client');
  const { client_id: _, ...rest } = asked(webApp);
  const basic = `Basic ${Buffer.from(`office:${webApp.client_secret}`).toString('base64')}`;
  const answer = await push(rest, { headers: { Authorization: basic } });
  assert.equal(answer.status, 201, answer.text);
  assert.ok((await browser.authorize(Object.entries({ client_id: 'office', request_uri: answer.response.json.request_uri }))).location);
});

test('what /authorize would refuse is refused here, to the client', async () => {
  const rows = [
    [{ redirect_uri: 'https://evil.example/' }, 'invalid_request', /Callback URL mismatch/],
    [{ redirect_uri: undefined }, 'invalid_request', /Callback URL mismatch/],
    [{ response_type: undefined }, 'invalid_request', /response_type/],
    [{ response_type: 'magic' }, 'unsupported_response_type'],
    [{ response_mode: 'magic' }, 'invalid_request', /response_mode/],
    [{ prompt: 'none login' }, 'invalid_request', /prompt=none/],
    [{ code_challenge: 'short' }, 'invalid_request', /code_challenge/],
    [{ state: 's'.repeat(4097) }, 'invalid_request', /state/],
    [{ max_age: '-1' }, 'invalid_request', /max_age/],
    [{ claims: '[]' }, 'invalid_request', /claims/],
    [{ request_uri: 'urn:ietf:params:oauth:request_uri:x' }, 'invalid_request', /request_uri/],
    [{ id_token_hint: 'x.y.z', prompt: 'none' }, 'invalid_request'],
    [{ scope: ['openid', 'email'] }, 'invalid_request', /more than once/],
  ];
  for (const [changes, error, description] of rows) refuses(await push(asked(spa, changes)), 400, error, description);
});

test('made-up names, wrong methods and large bodies end in one clear error', async () => {
  for (const uri of ['urn:ietf:params:oauth:request_uri:', 'urn:ietf:params:oauth:request_uri:x', `urn:ietf:params:oauth:request_uri:${'A'.repeat(8000)}`]) {
    (await open(uri)).isErrorPage(400);
  }
  (await browser.authorize({ request_uri: 'https://app.example/request.jwt' })).redirectsTo(spa.callbacks[0], refusal('invalid_request_uri'));
  assert.equal((await browser.send('/oauth/par')).status, 405);
  // Refused before it was sent whole: the answer, or the end of the connection, may come first.
  const large = await push({ ...asked(spa), state: 'x'.repeat(1 << 20) }).catch((error) => error);
  assert.ok(large.status === 413 || /ECONNRESET|EPIPE/.test(large.code), large.text ?? String(large));
});

test('no secret is kept with the request', async () => {
  const { readFileSync, readdirSync } = await import('node:fs');
  await pushed({}, webApp, { client_secret: webApp.client_secret });
  for (const name of readdirSync(server.data, { recursive: true })) {
    let bytes;
    try { bytes = readFileSync(`${server.data}/${name}`); } catch { continue; }
    assert.ok(!bytes.includes(webApp.client_secret), name);
  }
});
