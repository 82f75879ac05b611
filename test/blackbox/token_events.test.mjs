// SPDX-License-Identifier: Apache-2.0
// What the endpoints behind the browser leave in the tenant's log, and what /why says of one
// very request (contract, sections 4 and 7).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Browser, verifier } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, spa, webApp } from '../support/tenant.mjs';

const machine = { name: 'Machine', client_id: 'machine', client_secret: 'machine-secret-of-the-tests-0123456789', app_type: 'non_interactive',
  token_endpoint_auth_method: 'client_secret_post', grant_types: ['client_credentials'] };
const server = await serve({
  tenant: defaultTenant({ clients: [spa, webApp, machine], clientGrants: [{ client_id: 'machine', audience: 'https://api.example', scope: ['read:orders'] }] }),
});

/** The events so far, oldest first; readable within a second. */
async function events() {
  await sleep(1100);
  const told = await server.command('log', '--json', '--max', '1000');
  assert.equal(told.code, 0, told.stderr);
  return JSON.parse(told.stdout).sort((a, b) => a.event_id - b.event_id);
}

test('every exchange is an event of its own type, and holds nothing secret', async () => {
  const browser = new Browser(server, { client: webApp });
  await browser.signIn('ana');
  const answer = await browser.authorize({ prompt: 'none', scope: 'openid offline_access' });
  const first = await browser.redeem(answer);
  await browser.token({ grant_type: 'authorization_code', code: 'wrong' });
  const refresh = (token) => browser.token({ grant_type: 'refresh_token', refresh_token: token });
  const second = (await refresh(first.refresh_token)).response.json;
  await refresh(second.refresh_token);
  await refresh(first.refresh_token);
  await refresh(second.refresh_token);
  const again = await browser.redeem(await browser.authorize({ prompt: 'none', scope: 'openid offline_access' }));
  await browser.send('/oauth/revoke', { jar: undefined, form: { client_id: 'office', client_secret: webApp.client_secret, token: again.refresh_token } });
  const asMachine = (fields) => browser.send('/oauth/token', { jar: undefined,
    form: { grant_type: 'client_credentials', client_id: 'machine', client_secret: machine.client_secret, ...fields } });
  await asMachine({ audience: 'https://api.example' });
  await asMachine({ audience: 'urn:none' });
  await browser.send('/v2/logout', { query: { client_id: 'office', returnTo: 'http://evil.localhost:9/' } });
  await browser.send('/v2/logout', { query: { client_id: 'office' } });

  const list = await events();
  const seen = (type) => list.filter((event) => event.type === type);
  const rows = {
    seacft: [2], feacft: [1, 'code_invalid'], sertft: [2], ferrt: [1, 'refresh_reused'], fertft: [1, 'refresh_revoked'], srrt: [1],
    seccft: [1], feccft: [1, 'request_invalid'], flo: [1, 'logout_url_mismatch'], slo: [1],
  };
  for (const [type, [count, reason]] of Object.entries(rows)) {
    assert.equal(seen(type).length, count, `${type}: ${JSON.stringify(list.map((event) => event.type))}`);
    assert.equal(seen(type)[0].reason, reason, type);
    assert.match(seen(type)[0].request_id, /^[\w-]{8,64}$/);
  }
  assert.ok(seen('sertft')[0].user_id && seen('sertft')[0].sid && seen('sertft')[0].client_id === 'office');

  const text = JSON.stringify(list) + server.stderr;
  const secrets = [answer.params.code, verifier, webApp.client_secret, machine.client_secret, browser.sessionCookie?.value,
    ...[first, second, again].flatMap((tokens) => [tokens.access_token, tokens.refresh_token, tokens.id_token])];
  for (const secret of secrets.filter(Boolean)) assert.ok(!text.includes(secret), secret);
});

test('/why shows the facts of the very request', async () => {
  const browser = new Browser(server);
  const { error_uri: uri } = (await browser.token({ grant_type: 'authorization_code', code: 'wrong' })).response.json;
  await sleep(1100);
  const page = await browser.send(uri);
  page.isPage(200);
  assert.match(page.text, /authorization_code/);
  assert.match(page.text, /invalid_grant/);
  const elsewhere = await browser.send(uri.replace('code_invalid', 'code_expired'));
  assert.doesNotMatch(elsewhere.text, /What this request met/, "another reason's trace is not shown");
});
