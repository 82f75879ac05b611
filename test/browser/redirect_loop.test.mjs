// SPDX-License-Identifier: Apache-2.0
// An app that loses the answer of each sign-in asks again by itself, for ever: in real Chromium and real
// Firefox the person ends on a page that says so, and is let through by a click.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { page as html, serveApps } from '../support/app.mjs';
import { kinds, launch, signInOn } from '../support/real.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, spa, users } from '../support/tenant.mjs';

const apps = await serveApps();
const origin = apps.origin('app.east.localhost');
const server = await serve({
  host: 'auth.north.localhost',
  tenant: defaultTenant({
    tenant: { redirect_loop_limit: 4 },
    clients: [{ ...spa, callbacks: [`${origin}/`], web_origins: [origin], allowed_logout_urls: [`${origin}/`] }],
  }),
});

// The mistake: the answer is not looked at, so that nobody is ever signed in.
apps.set('/', html('<h1>app</h1>', `<script>
  const asked = { client_id: 'shop', redirect_uri: '${origin}/', response_type: 'code', scope: 'openid', state: 'xyz' };
  setTimeout(() => location.assign('${server.issuer}authorize?' + new URLSearchParams(asked)), 600);
</script>`));

/** Looks at the address only: what is evaluated in a page passes for a person who acts there. */
async function until(page, is) {
  for (const end = Date.now() + 20_000; !is(page.url()); await new Promise((go) => { setTimeout(go, 50); })) {
    assert.ok(Date.now() < end, `never there, but at ${page.url()}`);
  }
}

for (const kind of kinds) {
  test(`${kind}: an app that goes round in circles is stopped`, { timeout: 120_000 }, async () => {
    const browser = await launch(kind);
    const page = await browser.page();
    await page.goto(`${origin}/`);
    await page.waitForSelector('#username');
    await signInOn(page, users[0]);
    await page.waitForResponse((response) => response.url().startsWith(server.issuer) && response.status() === 400);
    await page.waitForSelector('a.button');
    assert.equal(await page.$eval('h1', (h1) => h1.textContent), 'The application goes round in circles');
    await page.click('a.button');
    await until(page, (url) => url.startsWith(`${origin}/?code=`));
    await browser.close();
  });
}
