// SPDX-License-Identifier: Apache-2.0
// OpenID Connect Session Management 1.0 with oidc-client-ts's own monitor, unmodified, in real
// Chromium and real Firefox. Same site: auth.ex.localhost and app.ex.localhost. Another site:
// op.localhost (the same tenant) and app.localhost, where the browser withholds the frame's cookie.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { page as html, serveApps } from '../support/app.mjs';
import { makeAuthority } from '../support/ca.mjs';
import { kinds, launch, signInOn } from '../support/real.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, users } from '../support/tenant.mjs';

const authority = makeAuthority();
after(() => authority.remove());
const certificate = authority.issue('auth.ex.localhost', 'app.ex.localhost', 'op.localhost', 'app.localhost');
const apps = await serveApps({}, { tls: { cert: certificate.cert, key: certificate.key } });
const near = apps.origin('app.ex.localhost');
const far = apps.origin('app.localhost');
const server = await serve({
  host: 'auth.ex.localhost',
  tls: { ...certificate, ca: authority.pem },
  tenant: defaultTenant({
    clients: [{ name: 'Shop', client_id: 'shop', app_type: 'spa', token_endpoint_auth_method: 'none', is_first_party: true,
      callbacks: [near, far].flatMap((origin) => [`${origin}/app`, `${origin}/silent`]), web_origins: [near, far],
      allowed_logout_urls: [`${near}/`], grant_types: ['authorization_code', 'refresh_token'] }],
    customDomains: [{ domain: 'op.localhost' }],
  }),
});
const issuers = { [near]: `https://auth.ex.localhost:${server.port}/`, [far]: `https://op.localhost:${server.port}/` };

// What the monitor says is kept in window.said; what the frame itself says in window.words.
apps.set('/app', html('<h1>app</h1>', `<script src="/lib/oidc-client-ts.js"></script><script>
  window.said = []; window.words = [];
  addEventListener('message', (e) => { if (typeof e.data === 'string') words.push(e.data); });
  const issuer = sessionStorage.issuer || (sessionStorage.issuer = new URLSearchParams(location.search).get('issuer'));
  const manager = new oidc.UserManager({ authority: issuer, client_id: 'shop', redirect_uri: location.origin + '/app', silent_redirect_uri: location.origin + '/silent',
    scope: 'openid', monitorSession: true, checkSessionIntervalInSeconds: 1, silentRequestTimeoutInSeconds: 8, automaticSilentRenew: false });
  for (const name of ['UserSignedOut', 'UserSignedIn', 'UserSessionChanged']) manager.events['add' + name](() => said.push(name));
  window.manager = manager;
  window.ready = location.search.includes('code=') ? manager.signinCallback().then((user) => { window.user = user; }) : Promise.resolve();
</script>`));
apps.set('/silent', html('', `<script src="/lib/oidc-client-ts.js"></script><script>new oidc.UserManager({ authority: 'https://x/', client_id: 'x', redirect_uri: 'https://x/' }).signinSilentCallback()</script>`));

/** An app that is signed in by a redirect, as people do it. */
async function signedIn(browser, origin) {
  const page = await browser.page();
  await page.goto(`${origin}/app?issuer=${encodeURIComponent(issuers[origin])}`);
  await Promise.all([page.waitForNavigation(), page.evaluate(() => { window.manager.signinRedirect(); })]);
  if (!page.url().startsWith(origin)) await signInOn(page, users[0]);
  await page.evaluate(() => window.ready);
  assert.ok(await page.evaluate(() => window.user.session_state), page.url());
  return page;
}

const heard = (page, word) => page.waitForFunction((w) => window.words.includes(w) || window.said.includes(w), { polling: 200 }, word);

for (const kind of kinds) {
  test(`${kind}: an app on the issuer's site sees a log-out in another tab`, { timeout: 180_000 }, async () => {
    const browser = await launch(kind, { spki: [certificate.spki] });
    const app = await signedIn(browser, near);
    await heard(app, 'unchanged');
    assert.deepEqual(await app.evaluate(() => window.said), []);
    const other = await browser.page();
    await other.goto(`${issuers[near]}v2/logout`);
    await heard(app, 'changed');
    await heard(app, 'UserSignedOut');
    await other.close();
    await browser.close();
  });

  test(`${kind}: an app on another site is not signed out because cookies are withheld`, { timeout: 180_000 }, async () => {
    const browser = await launch(kind, { cookies: 'partitioned', spki: [certificate.spki], preferences: { 'privacy.restrict3rdpartystorage.heuristic.redirect': false,
      'privacy.restrict3rdpartystorage.heuristic.recently_visited': false, 'privacy.restrict3rdpartystorage.heuristic.navigation': false } });
    const app = await signedIn(browser, far);
    await heard(app, 'error');
    const other = await browser.page();
    await other.goto(`${issuers[far]}v2/logout`);
    await new Promise((done) => { setTimeout(done, 4_000); });
    const { said, words } = await app.evaluate(() => ({ said: window.said, words: window.words }));
    assert.deepEqual(said, []);
    assert.deepEqual([...new Set(words)], ['error']);
    await other.close();
    await browser.close();
  });
}
