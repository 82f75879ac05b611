// SPDX-License-Identifier: Apache-2.0
// docs/migrate-from-auth0.md: what Auth0's Deploy CLI exports is a tenant file. The export was
// written by auth0-deploy-cli 8.44.0 (`export --format yaml --export_ids=true`) of a made-up tenant.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

import { Browser, claims } from '../support/browser.mjs';
import { run, serve } from '../support/server.mjs';

const shop = { client_id: 'Xk3lqShop000000000000000000000000', callbacks: ['http://localhost:5173'], web_origins: ['http://localhost:5173'] };
const job = 'JobM2M000000000000000000000000000';

/** The export, with `changes` of its text, in a folder of its own. */
function exported(t, changes = []) {
  const dir = mkdtempSync(join(tmpdir(), 'tacit-migrate-'));
  t.after(() => rmSync(dir, { recursive: true }));
  cpSync(resolve('test/blackbox/deploy_cli_export'), dir, { recursive: true });
  const file = join(dir, 'tenant.yaml');
  const text = changes.reduce((all, [from, to]) => {
    assert.ok(all.includes(from), from);
    return all.replace(from, to);
  }, readFileSync(file, 'utf8'));
  writeFileSync(file, text);
  return { dir, file };
}

// In the order in which they are refused.
const mended = [
  ["'##SMTP_USER##'", 'id'],
  ["'##SMTP_PASS##'", 'secret of the mail'],
  ['enforce_policies: true', 'enforce_policies: false'],
];
const secrets = [
  [`client_id: ${job}`, `client_id: ${job}\n    client_secret: the-secret-it-had-at-auth0-0123456789`],
  ['- name: SALT', '- name: SALT\n        value: pepper'],
];

async function applied(t, file, ...more) {
  const data = mkdtempSync(join(tmpdir(), 'tacit-data-'));
  t.after(() => rmSync(data, { recursive: true }));
  return { data, ...(await run(['apply', file, '--issuer', 'http://localhost:1/', ...more], { TACIT_DATA: data })) };
}

function users(...files) {
  return new Promise((done) => {
    execFile('node', [resolve('examples/from-auth0/users.mjs'), ...files], (error, stdout, stderr) => done({ code: error?.code ?? 0, stdout, stderr }));
  });
}

test('what has no place here is refused where it stands, one word for each', async (t) => {
  const refused = [
    /line \d+: the settings: emailProvider\.credentials\.smtp_user: is a mark of the Deploy CLI/,
    /line \d+: the settings: emailProvider\.credentials\.smtp_pass: is a mark of the Deploy CLI/,
    /line \d+: resourceServers\[0\] \(https:\/\/orders\.example\.com\): enforce_policies: cannot be true/,
  ];
  for (const [i, why] of refused.entries()) {
    const { code, stderr } = await applied(t, exported(t, mended.slice(0, i)).file);
    assert.notEqual(code, 0);
    assert.match(stderr, why);
  }
});

test('the export is a tenant file; once more, and nothing changes; what is left out is named once', async (t) => {
  const { file } = exported(t, mended);
  const first = await applied(t, file);
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /^10 created, 0 updated, 0 deleted, 0 unchanged$/m);
  const warnings = `${first.stdout}${first.stderr}`.split('\n').filter((line) => line.startsWith('warning: '));
  assert.deepEqual(warnings.filter((line) => line.includes('without effect')),
    ['warning: without effect here, and not kept: pages, connections, guardianPhoneFactorSelectedProvider, roles, branding, riskAssessment']);
  assert.equal(warnings.filter((line) => /has no client_secret: .* \(tacit client secret /.test(line)).length, 3);
  assert.equal(warnings.filter((line) => line.includes('the secret SALT has no value')).length, 1);
  const again = await run(['apply', file, '--issuer', 'http://localhost:1/'], { TACIT_DATA: first.data });
  assert.match(again.stdout, /^0 created, 0 updated, 0 deleted, 10 unchanged$/m);
  const with_ = await run(['apply', exported(t, [...mended, ...secrets]).file, '--issuer', 'http://localhost:1/'], { TACIT_DATA: first.data });
  assert.doesNotMatch(`${with_.stdout}${with_.stderr}`, new RegExp(`SALT|client ${job}`));
});

test('a grant names its client by id or by name; a name of two is nobody\'s', async (t) => {
  const grant = (client_id) => ({ clientGrants: [{ client_id, audience: 'https://orders.example.com', scope: ['read:orders'] }] });
  const { file, dir } = exported(t, mended);
  const { data, stderr } = await applied(t, file);
  assert.match((await run(['export'], { TACIT_DATA: data })).stdout, new RegExp(`client_id: "?${job}"?\\n[\\s\\S]*orders\\.example`), stderr);
  const by = async (content) => {
    const path = join(dir, 'grant.json');
    writeFileSync(path, JSON.stringify(content));
    return run(['apply', path, '--issuer', 'http://localhost:1/'], { TACIT_DATA: data });
  };
  assert.match((await by(grant('Nightly Job'))).stdout, new RegExp(`^updated   clientGrants ${job} https://orders\\.example\\.com$`, 'm'));
  assert.match((await by(grant(job))).stdout, /^0 created, 0 updated, 0 deleted, /m);
  assert.match((await by(grant('Daily Job'))).stderr, /clientGrants\[0\] \(Daily Job\): client_id: there is no such client, nor one client of that name/);
  const twin = { clients: [{ name: 'Nightly Job', client_id: 'twin', app_type: 'non_interactive' }] };
  assert.match((await by({ ...twin, ...grant('Nightly Job') })).stderr, /nor one client of that name/);
});

test('people sign in with the passwords that they had, and the apps with the identifiers that they had', async (t) => {
  const { dir, file } = exported(t, [...mended, ...secrets]);
  const rows = [
    { user_id: 'auth0|60425dc43519d90068f82973', email: 'ana@example.com', email_verified: true, name: 'Ana', app_metadata: { roles: ['buyer'] }, logins_count: 7, identities: [{ connection: 'Username-Password-Authentication' }] },
    { user_id: 'google-oauth2|1234567890', email: 'ben@example.com', email_verified: true, given_name: 'Ben', family_name: null },
  ];
  const hashes = [{ _id: { $oid: '60425dc43519d90068f82973' }, email: 'ana@example.com', passwordHash: '$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e', connection: 'Username-Password-Authentication' }];
  const put = (name, list) => {
    writeFileSync(join(dir, name), list.map((row) => `${JSON.stringify(row)}\n`).join(''));
    return join(dir, name);
  };
  const made = await users(put('users.ndjson', rows), put('passwords.ndjson', hashes));
  assert.match(made.stderr, /^2 users, 1 of them without a password$/m);
  writeFileSync(join(dir, 'users.json'), made.stdout);

  const server = await serve({ test: t, tenant: null });
  for (const one of [file, join(dir, 'users.json')]) {
    const done = await server.command('apply', one, '--issuer', server.issuer);
    assert.equal(done.code, 0, done.stderr);
  }
  await server.restart();
  const browser = new Browser(server, { client: shop });
  const tokens = await browser.redeem(await browser.signIn({ email: 'ana@example.com', password: 'correct horse' }));
  assert.equal(claims(tokens.id_token).sub, 'auth0|60425dc43519d90068f82973');
  assert.deepEqual(claims(tokens.id_token)['https://example.com/roles'], ['buyer']);
  const silent = await browser.silently({ response_type: 'id_token' });
  assert.equal(claims(silent.params.id_token).sub, 'auth0|60425dc43519d90068f82973');
  const machine = await browser.send('/oauth/token', { method: 'POST', form: { grant_type: 'client_credentials', client_id: job, client_secret: 'the-secret-it-had-at-auth0-0123456789', audience: 'https://orders.example.com' } });
  assert.equal(machine.response.json.scope, 'read:orders', machine.text);
});

test('users.mjs: what is no user ends it, and says where', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'tacit-users-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'users.ndjson');
  for (const [text, why] of [['{"user_id":"a|b"}\n{"user_id"', /users\.ndjson, line 2: /], ['{"email":"a@example.com"}\n', /a user without user_id: a@example\.com/]]) {
    writeFileSync(file, text);
    const { code, stdout, stderr } = await users(file);
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, why);
  }
});
