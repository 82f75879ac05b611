// SPDX-License-Identifier: Apache-2.0
// kill -9 under write load, again and again, on the same folder: nobody who was signed in is signed out, no code that was
// used counts again, and what was acknowledged is there. (test/store/crash.c does so below HTTP, more often.)
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, spa, verifier } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';

const deaths = Number(process.env.TACIT_CRASHES ?? 12);

/** Signs in and redeems until the server dies; notes what it was told was done. */
async function load(server, noted) {
  for (;;) {
    const browser = new Browser(server);
    try {
      const answer = await browser.signIn(Math.random() < 0.5 ? 'ana' : 'ben', { scope: 'openid offline_access' });
      const { code } = answer.params;
      if (!code) return;
      noted.signedIn.push(browser);
      const tokens = await browser.redeem(answer);
      noted.used.push(code);
      noted.refresh.push({ browser, token: tokens.refresh_token });
    } catch (error) {
      if (error.code === 'ERR_ASSERTION') throw error;
      return; // the connection broke
    }
  }
}

test(`${deaths} deaths`, async (t) => {
  const server = await serve({ test: t, args: ['--no-limits'] });
  const noted = { signedIn: [], used: [], refresh: [] };
  for (let i = 0; i < deaths; i++) {
    const before = noted.signedIn.length;
    const work = Promise.all(Array.from({ length: 4 }, () => load(server, noted)));
    while (noted.signedIn.length < before + 3) await new Promise((done) => { setTimeout(done, 10); });
    await new Promise((done) => { setTimeout(done, Math.random() * 80); });
    await server.crash();
    await work;
    await server.restart();
  }
  assert.ok(noted.used.length >= deaths, `${noted.used.length}`);
  for (const browser of noted.signedIn) {
    (await browser.silently()).postsMessage(spa.web_origins[0], { code: /./, state: 'xyz' });
  }
  const [any] = noted.signedIn;
  for (const { browser, token } of noted.refresh) {
    assert.equal((await browser.token({ grant_type: 'refresh_token', refresh_token: token })).status, 200);
  }
  for (const code of noted.used) {
    const again = await any.token({ grant_type: 'authorization_code', code, redirect_uri: spa.callbacks[0], code_verifier: verifier });
    assert.equal(again.response.json.error, 'invalid_grant');
  }
  t.diagnostic(`${noted.signedIn.length} sessions, ${noted.used.length} codes`);
});
