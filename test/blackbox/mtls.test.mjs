// SPDX-License-Identifier: Apache-2.0
// RFC 8705: clients that authenticate by certificate, and tokens bound to one; over our own TLS
// and through a proxy that passes the certificate on.
import assert from 'node:assert/strict';
import { X509Certificate, createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';

import { Browser, claims, refusal, spa, verifier } from '../support/browser.mjs';
import { makeAuthority, selfSigned } from '../support/ca.mjs';
import { request } from '../support/http.mjs';
import { signedBy, makeKey } from '../support/jwt.mjs';
import { until } from '../support/mail.mjs';
import { run, serve } from '../support/server.mjs';
import { defaultTenant, webApp } from '../support/tenant.mjs';

const authority = makeAuthority();
const stranger = makeAuthority();
after(() => { authority.remove(); stranger.remove(); });

const der = ({ cert }) => new X509Certificate(cert).raw;
const thumbprint = (pair) => createHash('sha256').update(der(pair)).digest('base64url');

const san = 'DNS:client.example,DNS:other.example,URI:urn:client:7,IP:192.0.2.7,IP:2001:db8::7,email:ops@client.example';
const machine = authority.issueClient('/C=BR/O=Exemplo, Filhos/OU=A+CN=máquina', { san });
const other = authority.issueClient('/C=BR/O=Exemplo, Filhos/OU=A/CN=other');
const forged = stranger.issueClient('/C=BR/O=Exemplo, Filhos/OU=A+CN=máquina', { san });
const forServers = authority.issueClient('/CN=dns', { san: 'DNS:client.example', purpose: 'serverAuth' });
const outdated = authority.issueClient('/CN=dns', { san: 'DNS:client.example', days: 0 });
const own = selfSigned('/CN=own');
const next = selfSigned('/CN=own');

const key = makeKey('ES256');
const common = { app_type: 'non_interactive', grant_types: ['client_credentials'] };
const named = (kind, value) => ({ ...common, name: kind, client_id: kind, token_endpoint_auth_method: 'tls_client_auth', [`tls_client_auth_${kind}`]: value });
const clients = [
  named('subject_dn', 'CN=m\\C3\\A1quina+OU=A,O=Exemplo\\, Filhos,C=BR'),
  named('san_dns', 'Client.Example'),
  named('san_uri', 'urn:client:7'),
  named('san_ip', '2001:0db8:0::7'),
  named('san_email', 'ops@client.example'),
  { ...common, name: 'Own', client_id: 'own', token_endpoint_auth_method: 'self_signed_tls_client_auth',
    jwks: { keys: [{ kty: 'EC', x5c: [der(own).toString('base64')] }, { kty: 'EC', 'x5t#S256': thumbprint(other) }] } },
  { ...common, name: 'Bound', client_id: 'bound', token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [key.jwk] },
    tls_client_certificate_bound_access_tokens: true },
  { ...spa, client_id: 'held', name: 'Held', tls_client_certificate_bound_access_tokens: true },
  { ...spa, client_id: 'either', name: 'Either', require_proof_of_possession: true },
  webApp,
];
const tenant = defaultTenant({ clients, clientGrants: clients.slice(0, 7).map(({ client_id }) => ({ client_id, audience: 'https://api.example', scope: ['read:orders'] })) });

const tls = { ...authority.issue('localhost', 'mtls.localhost'), ca: authority.pem };
const server = await serve({ tenant, tls, args: ['--mtls-host', 'mtls.localhost', '--mtls-ca', authority.file] });
const there = `https://mtls.localhost:${server.port}`;

const post = (url, form, pair, options) => request(url, { form, ca: authority.pem, cert: pair?.cert, key: pair?.key, ...options });
const credentials = (client_id, more) => ({ grant_type: 'client_credentials', client_id, audience: 'https://api.example', ...more });
const ask = (client_id, pair, more) => post(`${there}/oauth/token`, credentials(client_id, more), pair);

function refuses(answer, error, description = /./, status = 401) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.error, error, answer.text);
  assert.match(answer.json.error_description, description);
  assert.match(answer.json.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
}

test('discovery names the methods, and the endpoints with a host of their own', async () => {
  const told = (await request(`${server.origin}/.well-known/openid-configuration`, { ca: authority.pem })).json;
  for (const endpoint of ['token', 'revocation', 'introspection']) {
    const methods = told[`${endpoint}_endpoint_auth_methods_supported`];
    assert.ok(methods.includes('tls_client_auth') && methods.includes('self_signed_tls_client_auth'), endpoint);
  }
  assert.equal(told.tls_client_certificate_bound_access_tokens, true);
  for (const name of ['token_endpoint', 'revocation_endpoint', 'introspection_endpoint', 'pushed_authorization_request_endpoint', 'userinfo_endpoint']) {
    assert.equal(told.mtls_endpoint_aliases[name], told[name].replace('//localhost', '//mtls.localhost'), name);
  }
  assert.ok(!('authorization_endpoint' in told.mtls_endpoint_aliases));
});

test('tls_client_auth: by each kind of name, and by no other certificate', async () => {
  for (const kind of ['subject_dn', 'san_dns', 'san_uri', 'san_ip', 'san_email']) {
    const answer = await ask(kind, machine);
    assert.equal(answer.status, 200, `${kind}: ${answer.text}`);
    assert.ok(!('cnf' in claims(answer.json.access_token)), 'bound only where the client asks for it');
    refuses(await ask(kind, other), 'invalid_client', /does not have the name/);
    refuses(await ask(kind, forged), 'invalid_client', /No authority/);
    refuses(await ask(kind, own), 'invalid_client', /No authority/);
    refuses(await ask(kind), 'invalid_client', /has none/);
  }
  refuses(await ask('san_dns', forServers), 'invalid_client', /No authority/);
  await new Promise((done) => { setTimeout(done, 1100); });
  refuses(await ask('san_dns', outdated), 'invalid_client', /No authority/);
});

test('self_signed_tls_client_auth: by the certificate itself', async (t) => {
  assert.equal((await ask('own', own)).status, 200);
  assert.equal((await ask('own', other)).status, 200, 'by x5t#S256');
  refuses(await ask('own', next), 'invalid_client', /not one that/);
  refuses(await ask('own', machine), 'invalid_client', /not one that/);
  refuses(await ask('own'), 'invalid_client', /has none/);
  const later = await serve({ test: t, tenant, tls, args: ['--mtls-host', 'mtls.localhost'], env: { TACIT_CLOCK_OFFSET: String(5 * 86400) } });
  refuses(await post(`https://mtls.localhost:${later.port}/oauth/token`, credentials('own'), own), 'invalid_client', /expired/);
});

test('a certificate takes the place of no other method, and none takes its', async () => {
  refuses(await ask('own', own, { client_secret: 'x' }), 'invalid_client', /another token_endpoint_auth_method/);
  const assertion = signedBy(key, { iss: 'own', sub: 'own', aud: server.issuer, jti: 'a', exp: Math.floor(Date.now() / 1000) + 60 });
  refuses(await ask('own', own, { client_assertion: assertion, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' }), 'invalid_client');
  refuses(await ask('office', machine), 'invalid_client', /must authenticate/);
  refuses(await ask('bound', machine), 'invalid_client', /must authenticate/);
  refuses(await ask('san_dns', machine, { client_id: undefined }), 'invalid_client', /names no client/);
  const basic = await post(`${there}/oauth/token`, credentials('own'), own, { headers: { Authorization: `Basic ${Buffer.from('own:x').toString('base64')}` } });
  refuses(basic, 'invalid_client');
});

test('nobody is asked for a certificate where people go', async () => {
  refuses(await post(`${server.origin}/oauth/token`, credentials('own'), own), 'invalid_client', /has none/);
  const header = { headers: { 'X-SSL-Cert': encodeURIComponent(own.cert), 'Client-Cert': `:${der(own).toString('base64')}:` } };
  refuses(await post(`${server.origin}/oauth/token`, credentials('own'), own, header), 'invalid_client', /has none/);
  const page = await new Browser(server).authorize({ client_id: 'held' });
  assert.ok(page.location, 'and pages are as ever');
});

const browser = new Browser(server, { client: clients[7] });
await browser.signIn('ana');

async function redemption(client, params) {
  const person = new Browser(server, { client, jar: browser.jar });
  const answer = await person.authorize({ prompt: 'none', ...params });
  assert.ok(answer.params.code, answer.location ?? answer.text);
  return { grant_type: 'authorization_code', client_id: client.client_id, client_secret: client.client_secret, code: answer.params.code,
    redirect_uri: client.callbacks[0], code_verifier: verifier };
}

const introspect = (token) => post(`${server.origin}/oauth/introspect`, { token, client_id: 'office', client_secret: webApp.client_secret });
const userinfo = (token, pair, origin = there, scheme = 'Bearer') => request(`${origin}/userinfo`, { ca: authority.pem, cert: pair?.cert, key: pair?.key, headers: { Authorization: `${scheme} ${token}` } });

test('tokens are bound to the certificate, and worth nothing with another', async () => {
  for (const audience of [undefined, 'https://api.example']) {
    const answer = await post(`${there}/oauth/token`, await redemption(clients[7], { audience, scope: 'openid offline_access' }), own);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.token_type, 'Bearer');
    const { access_token: token, refresh_token: refresh } = answer.json;
    if (audience) assert.deepEqual(claims(token).cnf, { 'x5t#S256': thumbprint(own) });
    assert.deepEqual((await introspect(token)).json.cnf, { 'x5t#S256': thumbprint(own) });
    assert.equal((await userinfo(token, own)).status, 200);
    for (const [what, pair, origin] of [['another', next], ['none', undefined], ['none is asked for', own, server.origin]]) {
      const refused = await userinfo(token, pair, origin);
      assert.equal(refused.status, 401, what);
      assert.match(refused.header('www-authenticate'), /^Bearer .*error="invalid_token".*bound to a key/);
    }
    assert.equal((await userinfo(token, own, there, 'DPoP')).status, 401);
    const form = { grant_type: 'refresh_token', refresh_token: refresh, client_id: 'held' };
    refuses(await post(`${there}/oauth/token`, form, next), 'invalid_grant', /another key/, 400);
    refuses(await post(`${there}/oauth/token`, form), 'invalid_request', /certificate/, 400);
    assert.equal((await post(`${there}/oauth/token`, form, own)).status, 200);
  }
});

test('a client that asks for bound tokens gets no other', async () => {
  const form = await redemption(clients[7]);
  refuses(await post(`${server.origin}/oauth/token`, form), 'invalid_request', /connection has none/, 400);
  assert.equal((await post(`${there}/oauth/token`, form, own)).status, 200, 'the code was not used up');
  (await browser.authorize({ prompt: 'none', response_type: 'token' })).redirectsTo(spa.callbacks[0], refusal('invalid_request', /bound/), 'fragment');

  const either = await redemption(clients[8]);
  refuses(await post(`${there}/oauth/token`, either), 'invalid_request', /DPoP proof, or/, 400);
  const bound = await post(`${there}/oauth/token`, either, own);
  assert.deepEqual((await introspect(bound.json.access_token)).json.cnf, { 'x5t#S256': thumbprint(own) });
});

test('with private_key_jwt a token may be bound too; its audience stays the issuer', async () => {
  const now = Math.floor(Date.now() / 1000);
  for (const aud of [server.issuer, `${server.origin}/oauth/token`]) {
    const assertion = signedBy(key, { iss: 'bound', sub: 'bound', aud, jti: aud, exp: now + 60 });
    const answer = await ask('bound', own, { client_assertion: assertion, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(claims(answer.json.access_token).cnf, { 'x5t#S256': thumbprint(own) });
  }
});

const base64 = der(own).toString('base64');
const pem = own.cert.trim();
const written = [
  ['RFC 9440', `:${base64}:`],
  ['percent-encoded PEM', encodeURIComponent(own.cert)],
  ['PEM with blanks for its line ends', pem.replace(/\n/g, ' ')],
  ['PEM with tabs', pem.replace(/\n/g, '\t')],
  ['bare base64', base64],
];
const unwritten = ['', '(null)', 'NONE', 'x', '::', ':x:', base64.slice(0, -8), `${base64}AAAA`, '-----BEGIN CERTIFICATE-----', '%', encodeURIComponent(pem.slice(0, 200)),
  encodeURIComponent(own.key), `:${base64}:, :${base64}:`, [`:${base64}:`, `:${base64}:`], 'MIIB'.repeat(500)];

test('through a proxy that is trusted, and through no other', async (t) => {
  for (const name of ['Client-Cert', 'X-SSL-Cert']) {
    const behind = await serve({ test: t, tenant, args: ['--trusted-proxy', '127.0.0.1', '--mtls-header', name, '--mtls-ca', authority.file] });
    const by = (value, client_id = 'own', header = name) => request(`${behind.origin}/oauth/token`, { form: credentials(client_id), headers: { [header]: value } });
    for (const [what, value] of written) assert.equal((await by(value)).status, 200, what);
    for (const value of unwritten) refuses(await by(value), 'invalid_client', /has none/);
    refuses(await by(`:${base64}:`, 'own', 'X-Other'), 'invalid_client', /has none/);
    assert.equal((await by(`:${der(machine).toString('base64')}:`, 'san_dns')).status, 200);
    refuses(await by(`:${der(forged).toString('base64')}:`, 'san_dns'), 'invalid_client', /No authority/);
    const told = (await request(`${behind.origin}/.well-known/openid-configuration`)).json;
    assert.ok(told.token_endpoint_auth_methods_supported.includes('tls_client_auth'));
    assert.ok(!('mtls_endpoint_aliases' in told));
  }
  const unasked = await serve({ test: t, tenant, args: ['--trusted-proxy', '192.0.2.1', '--mtls-header', 'Client-Cert'] });
  refuses(await request(`${unasked.origin}/oauth/token`, { form: credentials('own'), headers: { 'Client-Cert': `:${base64}:` } }), 'invalid_client', /has none/);
  const plain = await serve({ test: t, tenant });
  refuses(await request(`${plain.origin}/oauth/token`, { form: credentials('own'), headers: { 'Client-Cert': `:${base64}:` } }), 'invalid_client', /has none/);
  const told = (await request(`${plain.origin}/.well-known/openid-configuration`)).json;
  assert.ok(!told.token_endpoint_auth_methods_supported.includes('tls_client_auth'));
  assert.ok(!('tls_client_certificate_bound_access_tokens' in told));
});

test('SIGHUP reads the authorities again; what cannot be used changes nothing', async (t) => {
  for (const args of [['--mtls-host', 'mtls.localhost'], ['--trusted-proxy', '127.0.0.1', '--mtls-header', 'Client-Cert']]) {
    const behind = args.length > 2;
    const file = join(mkdtempSync(join(tmpdir(), 'tacit-mtls-')), 'ca.pem');
    t.after(() => rmSync(dirname(file), { recursive: true, force: true }));
    writeFileSync(file, authority.pem);
    const again = await serve({ test: t, tenant, ...(!behind && { tls }), args: [...args, '--mtls-ca', file] });
    const ask_ = (pair) => (behind
      ? request(`${again.origin}/oauth/token`, { form: credentials('san_dns'), headers: { 'Client-Cert': `:${der(pair).toString('base64')}:` } })
      : post(`https://mtls.localhost:${again.port}/oauth/token`, credentials('san_dns'), pair));
    const vouches = async (yes, no) => {
      assert.equal((await ask_(yes)).status, 200, args[0]);
      refuses(await ask_(no), 'invalid_client', /No authority/);
    };
    const reread = async (text, message) => {
      const count = () => again.log.filter((line) => line.message === message).length;
      const before = count();
      writeFileSync(file, text);
      again.signal('SIGHUP');
      await until(() => count() > before, message);
    };
    await vouches(machine, forged);
    await reread(stranger.pem, 'configuration loaded');
    await vouches(forged, machine);
    for (const broken of ['', 'no certificate', authority.pem.slice(0, 200)]) {
      await reread(broken, 'the authorities stay as they were');
      assert.equal(again.log.findLast(({ message }) => message === 'cannot use the authorities').file, file);
      await vouches(forged, machine);
    }
    await reread(authority.pem + stranger.pem, 'configuration loaded');
    for (const pair of [machine, forged]) assert.equal((await ask_(pair)).status, 200);
  }
});

test('registration: both methods, each member validated; nothing where none can come', async (t) => {
  const open = { ...tenant, tenant: { ...tenant.tenant, flags: { enable_dynamic_client_registration: true } } };
  const with_ = await serve({ test: t, tenant: open, args: ['--trusted-proxy', '127.0.0.1', '--mtls-header', 'Client-Cert', '--mtls-ca', authority.file] });
  const without = await serve({ test: t, tenant: open });
  const register = (json, origin = with_.origin) => request(`${origin}/oidc/register`, { json: { redirect_uris: ['https://app.example/cb'], ...json } });
  const made = await register({ token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=a, O=b', tls_client_certificate_bound_access_tokens: true });
  assert.equal(made.status, 201, made.text);
  assert.equal(made.json.tls_client_auth_subject_dn, 'CN=a, O=b');
  assert.equal(made.json.tls_client_certificate_bound_access_tokens, true);
  assert.ok(!('client_secret' in made.json));
  assert.equal((await register({ token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys: [{ kty: 'EC', x5c: [base64] }] } })).status, 201);
  const rows = [
    [{ token_endpoint_auth_method: 'tls_client_auth' }, /^tls_client_auth_subject_dn /],
    [{ token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'a.example', tls_client_auth_san_ip: '192.0.2.1' }, /exactly one/],
    [{ token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'anybody' }, /^tls_client_auth_subject_dn .*RFC 4514/],
    [{ token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=' }, /^tls_client_auth_subject_dn /],
    [{ token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'MAGIC=a' }, /^tls_client_auth_subject_dn /],
    [{ token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 7 }, /^tls_client_auth_subject_dn /],
    [{ token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: '*.example' }, /^tls_client_auth_san_dns .*wildcard/],
    [{ token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_ip: '192.0.2' }, /^tls_client_auth_san_ip /],
    [{ token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_email: 'a b' }, /^tls_client_auth_san_email /],
    [{ token_endpoint_auth_method: 'self_signed_tls_client_auth' }, /^jwks /],
    [{ tls_client_certificate_bound_access_tokens: 'true' }, /^tls_client_certificate_bound_access_tokens /],
  ];
  for (const [json, description] of rows) refuses(await register(json), 'invalid_client_metadata', description, 400);
  for (const method of ['tls_client_auth', 'self_signed_tls_client_auth']) {
    refuses(await register({ token_endpoint_auth_method: method, tls_client_auth_san_dns: 'a.example' }, without.origin), 'invalid_client_metadata', /^token_endpoint_auth_method /, 400);
  }
});

test('what is wrong with the options is said at once', async () => {
  const rows = [
    [['--mtls-header', 'Client-Cert'], /needs a --trusted-proxy/],
    [['--mtls-ca', authority.file], /needs --mtls-host/],
    [['--mtls-host', 'localhost'], /another name/],
    [['--mtls-host', 'a/b'], /host name/],
    [['--mtls-host', 'mtls.localhost', '--mtls-ca', '/does/not/exist'], /cannot listen/],
  ];
  for (const [args, why] of rows) {
    const done = await run(['serve', '--data', `${authority.dir}/data`, '--listen', '127.0.0.1:0', '--issuer', 'https://localhost:0/', '--tls-cert', tls.certFile, '--tls-key', tls.keyFile, ...args]);
    assert.notEqual(done.code, 0);
    assert.match(done.stderr, why);
  }
});
