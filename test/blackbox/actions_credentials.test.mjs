// SPDX-License-Identifier: Apache-2.0
// Actions of the trigger credentials-exchange: they run for the client_credentials grant
// (docs/actions.md; auth0-wire, 4.1).
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { postLogin, until } from '../support/actions.mjs';
import { Browser, claims } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant } from '../support/tenant.mjs';

const machine = { name: 'Machine', client_id: 'machine', client_secret: 'machine-secret-of-the-tests-0123456789', app_type: 'non_interactive',
  token_endpoint_auth_method: 'client_secret_post', grant_types: ['client_credentials'], client_metadata: { tier: 'gold' } };
const exchangeOf = (body) => `exports.onExecuteCredentialsExchange = async (event, api) => {\n${body}\n};\n`;

function tenantWith(body, more = {}) {
  const base = defaultTenant();
  return { ...base, clients: [...base.clients, machine], clientGrants: [{ client_id: 'machine', audience: 'https://api.example', scope: ['read:orders'] }],
    actions: [{ name: 'machines', supported_triggers: [{ id: 'credentials-exchange', version: 'v2' }], time_limit_in_ms: 400, code: exchangeOf(body), secrets: [{ name: 'KEY', value: 'hidden' }] },
      { name: 'people', code: postLogin("api.idToken.setCustomClaim('person', true);") }],
    triggers: { 'credentials-exchange': ['machines'], 'post-login': ['people'] }, ...more };
}

const ask = (server, fields) => new Browser(server, { client: machine }).send('/oauth/token', { jar: undefined,
  form: { grant_type: 'client_credentials', client_id: 'machine', client_secret: machine.client_secret, audience: 'https://api.example', ...fields } });

test('what they see, and put into the token', async (t) => {
  const server = await serve({ tenant: tenantWith(`
    const { client, request, resource_server, transaction, tenant, secrets, user, session } = event;
    api.accessToken.setCustomClaim('seen', { tier: client.metadata.tier, body: request.body, method: request.method, api: resource_server.identifier, scopes: transaction.requested_scopes,
      protocol: transaction.protocol, tenant: tenant.id, secret: secrets.KEY, nobody: user === undefined && session === undefined });
    api.accessToken.setCustomClaim('sub', 'somebody else').accessToken.addScope('write:orders');`) });
  await t.test('a machine', async () => {
    const { status, response: { json }, text } = await ask(server, { extra: 'yes' });
    assert.equal(status, 200, text);
    const { seen, sub, scope } = claims(json.access_token);
    assert.deepEqual(seen, { tier: 'gold', body: { grant_type: 'client_credentials', client_id: 'machine', audience: 'https://api.example', extra: 'yes' }, method: 'POST', api: 'https://api.example',
      scopes: ['read:orders'], protocol: 'oauth2-client-credentials', tenant: 'default', secret: 'hidden', nobody: true });
    assert.equal(sub, 'machine@clients');
    assert.deepEqual([scope, json.scope], Array(2).fill('read:orders write:orders'));
  });
  await t.test('people have actions of their own', async () => {
    const browser = new Browser(server);
    assert.equal(claims((await browser.signIn('ana', { response_type: 'id_token' })).params.id_token).person, true);
  });
});

test('what they refuse with, and how they fail', async (t) => {
  const moods = {
    deny: ["api.access.deny('invalid_scope', 'Not this scope');", 400, 'invalid_scope', 'Not this scope', 'action_denied'],
    'deny with a word of its own': ["api.access.deny('no_way', 'Not today');", 403, 'access_denied', 'Not today', 'action_denied'],
    'deny with one word': ["api.access.deny('Not today');", 403, 'access_denied', 'Not today', 'action_denied'],
    throw: ["throw new Error('no');", 400, 'server_error', 'An action failed', 'action_failed'],
    loop: ['for (;;);', 400, 'server_error', 'An action failed', 'action_failed'],
    'ask for what is not here': ["api.multifactor.enable('any');", 400, 'server_error', 'An action failed', 'action_failed'],
    'ask for too much': ["api.accessToken.setCustomClaim('big', 'x'.repeat(5000));", 400, 'server_error', 'An action failed', 'action_failed'],
  };
  const list = Object.entries(moods).map(([name, [body]]) => `${JSON.stringify(name)}: () => { ${body} }`);
  const server = await serve({ tenant: tenantWith(`const mood = { ${list.join(',\n')} }[event.request.body.mood]; if (mood) mood();`) });
  for (const [mood, [, status, error, words, reason]] of Object.entries(moods)) {
    await t.test(mood, async () => {
      const answer = await ask(server, { mood });
      const { json } = answer.response;
      assert.deepEqual([answer.status, json.error, json.error_description], [status, error, words], answer.text);
      assert.match(json.error_uri, new RegExp(`/why/${reason}\\?id=`));
    });
  }
  await t.test('and then it works again', async () => assert.equal((await ask(server)).status, 200));
  await t.test('a client that may not is refused before', async () => assert.equal((await ask(server, { audience: 'https://other.example', mood: 'throw' })).response.json.error, 'access_denied'));
});

test('tacit action test runs it by its trigger', async () => {
  const server = await serve({ tenant: tenantWith("api.accessToken.setCustomClaim('a', 1); console.log('for machines');") });
  let done;
  await until(async () => {
    done = await server.command('action', 'test', 'machines', '--json');
    return done.code === 0;
  }, 'the action is tried');
  assert.deepEqual(JSON.parse(done.stdout).wish.access_token, { a: 1 });
});
