// SPDX-License-Identifier: Apache-2.0
// What ends stays ended, also for those who are under way when it ends: a password is changed, by
// another process, while somebody signs in with the old one and redeems codes without end.
// Runs under ThreadSanitizer too.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, spa, verifier } from '../support/browser.mjs';
import { query } from '../support/rows.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant } from '../support/tenant.mjs';

const keeper = { ...spa, client_id: 'keeper', name: 'Keeper' };
const api = { name: 'Orders', identifier: 'https://api.example', scopes: [], allow_offline_access: true };
const server = await serve({ tenant: defaultTenant({ clients: [spa, keeper], resourceServers: [api] }) });
const [{ user_id: ana }] = query(server, "SELECT user_id FROM user_account WHERE email = 'ana@example.com'");
let password;

async function change() {
  const next = `correct horse ana ${Math.random()}`;
  const { code, stderr } = await server.command('user', 'update', 'ana@example.com', `password=${next}`);
  assert.equal(code, 0, stderr);
  password = next;
}

/** Does `act` again and again, several at once, until `change` is done and all have come to an end. */
async function meanwhile(act, several = 4) {
  let over = false;
  let done = 0;
  const all = Array.from({ length: several }, async () => {
    while (!over) if (await act()) done++;
  });
  for (let waits = 0; done < several; waits++) {
    assert.ok(waits < 1000, 'they come to nothing');
    await new Promise((soon) => { setTimeout(soon, 10); });
  }
  await change();
  over = true;
  await Promise.all(all);
  return done;
}

await change();

test('a sign-in with the old password, while it is changed, leaves no session', async () => {
  for (let round = 0; round < 4; round++) {
    const old = password;
    const signIn = async () => (await new Browser(server).signIn({ email: 'ana@example.com', password: old })).params.code;
    await meanwhile(signIn);
    assert.deepEqual(query(server, `SELECT sid FROM session WHERE user_id = '${ana}' AND ended_at = 0`), [], `round ${round}`);
  }
});

test('a code that is redeemed while the password is changed leaves no refresh token', async () => {
  for (let round = 0; round < 4; round++) {
    const browser = new Browser(server, { client: keeper });
    await browser.signIn({ email: 'ana@example.com', password });
    const redeem = async () => {
      const { code } = (await browser.authorize({ prompt: 'none', scope: 'openid offline_access', audience: api.identifier })).params;
      if (!code) return false;
      const form = { grant_type: 'authorization_code', code, redirect_uri: keeper.callbacks[0], code_verifier: verifier };
      return (await browser.token(form)).response.json.refresh_token;
    };
    await meanwhile(redeem, 8);
    assert.deepEqual(query(server, `SELECT family_id FROM refresh_family WHERE user_id = '${ana}' AND revoked_at = 0`), [], `round ${round}`);
  }
});
