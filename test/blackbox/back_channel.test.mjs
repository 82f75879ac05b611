// SPDX-License-Identifier: Apache-2.0
// Clients that are told, server to server, that a session has ended: OpenID Connect Back-Channel
// Logout 1.0.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { createRemoteJWKSet, jwtVerify } from 'jose';

import { Browser, claims, spa } from '../support/browser.mjs';
import { makeAuthority } from '../support/ca.mjs';
import { mailSink } from '../support/mail.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, users, webApp } from '../support/tenant.mjs';
import { logoutToken, serveTold } from '../support/told.mjs';

const ca = makeAuthority();
after(() => ca.remove());
const stubborn = { '/busy': (answer) => answer.writeHead(503).end(), '/no': (answer) => answer.writeHead(400).end(),
  '/away': (answer) => answer.writeHead(302, { Location: '/elsewhere' }).end(), '/hang': () => {}, '/late': () => {}, '/nothing': (answer) => answer.writeHead(204).end() };
const party = await serveTold(ca, stubborn);
const untrusted = makeAuthority();
after(() => untrusted.remove());
const stranger = await serveTold(untrusted);

const uri = 'backchannel_logout_uri';
const client = (client_id, changes = {}) => ({ ...webApp, client_id, name: client_id, callbacks: [`https://${client_id}.example/cb`],
  allowed_logout_urls: [`https://${client_id}.example/`], [uri]: party.url(`/${client_id}`), ...changes });
const wished = { busy: {}, no: {}, away: {}, hang: {}, late: {}, nothing: {}, loopback: { [uri]: party.url('/loopback').replace('localhost', '127.0.0.1') },
  untrusted: { [uri]: stranger.url('/untrusted') } };
const clients = [
  { ...spa, [uri]: party.url('/shop'), backchannel_logout_session_required: true },
  { ...client('office'), [uri]: undefined, oidc_logout: { backchannel_logout_urls: [party.url('/office')] } },
  client('es256', { jwt_configuration: { alg: 'ES256' } }), client('hs256', { jwt_configuration: { alg: 'HS256' } }), client('quiet', { [uri]: undefined }),
  client('pairs', { subject_type: 'pairwise' }),
  ...Object.entries(wished).map(([id, changes]) => client(id, changes)),
];
const mail = mailSink();
const tenant = defaultTenant({ clients, tenant: { outgoing_private_hosts: [party.host, stranger.host] } });
const options = { tenant, args: mail.args, env: { SSL_CERT_FILE: ca.file } };
const server = await serve(options);

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
const named = (id) => clients.find(({ client_id }) => client_id === id);

/** Signed in to each of these, in one session: {browser, ids: the claims each client has}. */
async function signedIn(ids, { on = server, user = 'ana' } = {}) {
  const browser = new Browser(on, { client: named(ids[0]) });
  const tokens = {};
  for (const id of ids) {
    browser.client = named(id);
    const answer = id === ids[0] ? await browser.signIn(user) : await browser.authorize({ prompt: 'none' });
    tokens[id] = (await browser.redeem(answer)).id_token;
  }
  return { browser, tokens, ids: Object.fromEntries(Object.entries(tokens).map(([id, token]) => [id, claims(token)])) };
}

const fresh = () => { party.calls.length = 0; };

test('a logout token says what the standard asks, and nothing else', async () => {
  fresh();
  const { browser, ids: { shop: id } } = await signedIn(['shop']);
  await browser.send('/v2/logout');
  const [call] = await party.told('/shop');
  assert.equal(call.method, 'POST');
  assert.equal(call.headers['content-type'], 'application/x-www-form-urlencoded');
  assert.equal(call.tls, 'TLSv1.3');
  const { token, header, claims: told } = logoutToken(call);
  assert.equal(header.typ, 'logout+jwt');
  assert.deepEqual(Object.keys(told).sort(), ['aud', 'events', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub']);
  assert.deepEqual(told.events, { 'http://schemas.openid.net/event/backchannel-logout': {} });
  assert.equal(told.sid, id.sid);
  assert.equal(told.sub, id.sub);
  assert.ok(told.jti.length >= 16);
  assert.equal(told.exp - told.iat, 120);
  const keys = createRemoteJWKSet(new URL(server.url('.well-known/jwks.json')));
  await jwtVerify(token, keys, { issuer: server.issuer, audience: 'shop', algorithms: ['RS256'], typ: 'logout+jwt' });
});

test('it is signed as the client wants its id_tokens', async () => {
  fresh();
  const { browser } = await signedIn(['es256', 'hs256']);
  await browser.send('/v2/logout');
  const es = logoutToken((await party.told('/es256'))[0]);
  await jwtVerify(es.token, createRemoteJWKSet(new URL(server.url('.well-known/jwks.json'))), { algorithms: ['ES256'], audience: 'es256' });
  const hs = logoutToken((await party.told('/hs256'))[0]);
  await jwtVerify(hs.token, new TextEncoder().encode(webApp.client_secret), { algorithms: ['HS256'], audience: 'hs256' });
});

test('it names the person as the client knows them', async () => {
  fresh();
  const { browser, ids: { shop, pairs } } = await signedIn(['shop', 'pairs']);
  assert.notEqual(pairs.sub, shop.sub);
  await browser.send('/v2/logout');
  assert.equal(logoutToken((await party.told('/pairs'))[0]).claims.sub, pairs.sub);
  await party.told('/shop'); // else the next test would hear of it
});

test('a logout token is no id_token hint', async () => {
  fresh();
  const { browser } = await signedIn(['shop']);
  await browser.send('/v2/logout');
  const { token } = logoutToken((await party.told('/shop'))[0]);
  (await browser.authorize({ prompt: 'none', id_token_hint: token })).because('hint_invalid');
});

test('all that took part in the session are told, once, and nobody else', async () => {
  fresh();
  const { browser, ids } = await signedIn(['shop', 'office', 'quiet']);
  const other = await signedIn(['es256'], { user: 'ben' });
  await browser.send('/v2/logout');
  for (const id of ['shop', 'office']) {
    const told = logoutToken((await party.told(`/${id}`))[0]).claims;
    assert.equal(told.aud, id);
    assert.equal(told.sid, ids[id].sid);
  }
  await pause(1000);
  assert.deepEqual(party.calls.map(({ path }) => path).sort(), ['/office', '/shop']);
  await other.browser.send('/v2/logout');
});

const ends = {
  '/oidc/logout with a hint': ({ browser, tokens }) => browser.send('/oidc/logout', { query: { id_token_hint: tokens.shop } }),
  '/oidc/logout, asked first': async ({ browser }) => browser.press(await browser.follow(await browser.send('/oidc/logout')), {}, { action: 'logout' }),
  '/u/logout': async ({ browser }) => browser.press(await browser.send('/u/logout'), {}, { action: 'logout' }),
  'tacit session revoke': ({ ids }) => server.command('session', 'revoke', ids.shop.sid),
  'the end of a device on the own page': async ({ ids, elsewhere }) => elsewhere.browser.press(await elsewhere.browser.send('/u/account'), {}, { end: ids.shop.sid }),
  'all other devices on the own page': async ({ elsewhere }) => elsewhere.browser.press(await elsewhere.browser.send('/u/account'), {}, { action: 'end_others' }),
  'tacit user update blocked': ({ ids }) => server.command('user', 'update', ids.shop.sub, 'blocked=true'),
  'tacit user update password': ({ ids }) => server.command('user', 'update', ids.shop.sub, 'password=quite another one'),
  'tacit user delete': ({ ids }) => server.command('user', 'delete', ids.shop.sub),
};
for (const [how, end] of Object.entries(ends)) {
  test(`told of an end by: ${how}`, async () => {
    const email = `${how.replaceAll(/\W+/g, '.')}@example.com`;
    const made = await server.command('user', 'create', `email=${email}`, 'email_verified=true', 'password=correct horse battery');
    assert.equal(made.code, 0, made.stderr);
    const user = { email, password: 'correct horse battery' };
    fresh();
    const it = await signedIn(['shop'], { user });
    const elsewhere = how.includes('own page') ? await signedIn(['quiet'], { user }) : undefined;
    const done = await end({ ...it, elsewhere });
    if (done.code !== undefined) assert.equal(done.code, 0, done.stderr);
    const told = logoutToken((await party.told('/shop'))[0]).claims;
    assert.equal(told.sid, it.ids.shop.sid);
    assert.equal(told.sub, it.ids.shop.sub);
  });
}

test('a client that is not well is asked again, with a new token', async () => {
  fresh();
  const { browser } = await signedIn(['busy']);
  await browser.send('/v2/logout');
  await party.told('/busy');
  party.answers['/busy'] = (answer) => answer.end();
  const calls = await party.told('/busy', 2);
  assert.ok(calls[1].at - calls[0].at >= 900, 'not at once');
  const [first, second] = calls.map((call) => logoutToken(call).claims);
  assert.notEqual(first.jti, second.jti);
  assert.equal(first.sid, second.sid);
  await pause(3000);
  assert.equal(party.at('/busy').length, 2, 'and not after it was told');
});

test('one that answers no, or sends elsewhere, is not asked again; nothing private is asked', async () => {
  fresh();
  const { browser } = await signedIn(['no', 'away', 'nothing', 'loopback', 'untrusted']);
  await browser.send('/v2/logout');
  for (const path of ['/no', '/away', '/nothing']) await party.told(path);
  await pause(3500);
  assert.deepEqual(party.calls.map(({ path }) => path).sort(), ['/away', '/no', '/nothing']);
  assert.equal(stranger.calls.length, 0, 'a certificate that nobody vouches for');
});

test('one line in the log for each call, and an event for each that was told or given up', async () => {
  const lines = server.log.filter((line) => line.area === 'logout');
  const of = (id) => lines.filter((line) => line.client_id === id);
  assert.equal(of('no').length, 1);
  assert.equal(of('no')[0].status, '400');
  assert.equal(of('away')[0].status, '302');
  assert.match(of('loopback')[0].reason, /not one to be asked/);
  assert.deepEqual(of('busy').map(({ status }) => status), ['503', '200']);
  assert.equal(of('quiet').length, 0);
  assert.ok(!server.stderr.includes('eyJ'), 'no token is in the log');
  await pause(1200);
  const list = async (type) => JSON.parse((await server.command('log', '--type', type, '--max', '200', '--json')).stdout);
  const told = await list('oidc_backchannel_logout_succeeded');
  assert.ok(told.some(({ client_id: id }) => id === 'busy'));
  const failed = await list('oidc_backchannel_logout_failed');
  assert.deepEqual([...new Set(failed.map(({ client_id: id }) => id))].sort(), ['away', 'loopback', 'no']);
});

test('a client that hangs holds up nobody', async () => {
  fresh();
  const { browser } = await signedIn(['hang', 'shop']);
  await browser.send('/v2/logout');
  const again = await signedIn(['hang', 'shop'], { user: 'ben' });
  await again.browser.send('/v2/logout');
  await party.told('/shop', 2, 6_000);
});

test('what waits survives a crash, and is told by the next process', async (t) => {
  const away = await serveTold(ca);
  const path = '/crash';
  away.answers[path] = (answer) => answer.writeHead(500).end();
  const own = await serve({ ...options, test: t, tenant: { ...tenant, clients: [{ ...spa, [uri]: away.url(path) }],
    tenant: { ...tenant.tenant, outgoing_private_hosts: [away.host] } } });
  const browsers = await Promise.all(Array.from({ length: 4 }, () => signedIn(['shop'], { on: own })));
  await Promise.all(browsers.map(({ browser }) => browser.send('/v2/logout')));
  await away.told(path);
  await own.crash();
  away.answers[path] = (answer) => answer.end();
  away.calls.length = 0;
  // One that was claimed when the process died is due again after a minute: so much later, then.
  await own.restart({ env: { ...options.env, TACIT_CLOCK_OFFSET: '70' } });
  const sids = () => new Set(away.at(path).map((call) => logoutToken(call).claims.sid));
  const end = Date.now() + 30_000;
  while (sids().size < 4) {
    assert.ok(Date.now() < end, `${sids().size} of 4 were told`);
    await pause(100);
  }
  assert.deepEqual([...sids()].sort(), browsers.map(({ ids }) => ids.shop.sid).sort());
});

test('after a day it is given up', async (t) => {
  const own = await serve({ ...options, test: t });
  const { browser } = await signedIn(['late'], { on: own });
  await browser.send('/v2/logout');
  await party.told('/late');
  fresh();
  await own.restart({ env: { ...options.env, TACIT_CLOCK_OFFSET: String(86_400 + 120) } });
  await pause(1500);
  assert.equal(party.at('/late').length, 0);
});

test('a password that is changed ends the other sessions, and their clients are told', async () => {
  const email = 'changes@example.com';
  assert.equal((await server.command('user', 'create', `email=${email}`, 'email_verified=true', 'password=correct horse battery')).code, 0);
  fresh();
  const user = { email, password: 'correct horse battery' };
  const lost = await signedIn(['shop'], { user });
  const here = await signedIn(['quiet'], { user });
  const page = await here.browser.follow(await here.browser.send('/u/password'));
  await here.browser.press(page, { password: 'another battery staple' }, { action: 'password' });
  assert.equal(logoutToken((await party.told('/shop'))[0]).claims.sid, lost.ids.shop.sid);
});

test('metadata that cannot be is refused by name', async (t) => {
  const bad = { 'http://localhost/out': uri, 'https://a.example/#x': uri, 'https://a:b@a.example/': uri, 'https://*.a.example/': uri };
  for (const value of Object.keys(bad)) {
    await t.test(value, async () => {
      const done = await server.command('client', 'update', 'office', `${uri}=${value}`);
      assert.equal(done.code, 1);
      assert.match(done.stderr, /backchannel_logout_uri/);
    });
  }
  const two = await server.command('client', 'update', 'office', 'oidc_logout.backchannel_logout_urls=["https://a.example/","https://b.example/"]');
  assert.equal(two.code, 1, two.stdout);
});

test('whoever registers may ask for it', async (t) => {
  const own = await serve({ ...options, test: t, tenant: { ...tenant, tenant: { ...tenant.tenant, flags: { enable_dynamic_client_registration: true } } } });
  const send = (metadata) => new Browser(own).send('/oidc/register', { method: 'POST', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ redirect_uris: ['https://rp.example/cb'], ...metadata }) });
  const good = { [uri]: 'https://rp.example/back', backchannel_logout_session_required: true, frontchannel_logout_uri: 'https://rp.example/front?a=b',
    frontchannel_logout_session_required: true };
  const made = await send(good);
  assert.equal(made.status, 201, made.text);
  for (const [name, value] of Object.entries(good)) assert.equal(made.response.json[name], value, name);
  const rows = [[uri, 'http://rp.example/back'], [uri, 'https://rp.example/#x'], [uri, 7], ['backchannel_logout_session_required', 'yes'],
    ['frontchannel_logout_uri', 'https://other.example/front'], ['frontchannel_logout_uri', 'http://rp.example/front'],
    ['frontchannel_logout_uri', 'javascript:alert(1)'], ['frontchannel_logout_session_required', 1]];
  for (const [name, value] of rows) {
    await t.test(`${name}: ${value}`, async () => {
      const refused = await send({ [name]: value });
      assert.equal(refused.status, 400);
      assert.equal(refused.response.json.error, 'invalid_client_metadata');
      assert.match(refused.response.json.error_description, new RegExp(name));
    });
  }
});
