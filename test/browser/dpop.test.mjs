// SPDX-License-Identifier: Apache-2.0
// auth0-spa-js with useDpop, from npm and unmodified, in real browsers: the key lives in the page's
// IndexedDB, the nonces come through CORS, and silence stays silent.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { page as html, serveApps } from '../support/app.mjs';
import { makeAuthority } from '../support/ca.mjs';
import { kinds, launch, signInOn } from '../support/real.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, users } from '../support/tenant.mjs';

const authority = makeAuthority();
after(() => authority.remove());
const certificate = authority.issue('auth.ex.localhost', 'app.ex.localhost');
const apps = await serveApps({}, { tls: { cert: certificate.cert, key: certificate.key } });
const origin = apps.origin('app.ex.localhost');
const shop = {
  name: 'Shop', client_id: 'shop', app_type: 'spa', token_endpoint_auth_method: 'none', is_first_party: true, callbacks: [`${origin}/callback`],
  web_origins: [origin], grant_types: ['authorization_code', 'refresh_token'], dpop_bound_access_tokens: true,
};
const server = await serve({ host: 'auth.ex.localhost', tls: { ...certificate, ca: authority.pem }, tenant: defaultTenant({ clients: [shop] }) });
const domain = `auth.ex.localhost:${server.port}`;

apps.set('/callback', html('<h1>callback</h1>'));
apps.set('/app', html('<h1>app</h1>', `<script src="/lib/auth0-spa-js.js"></script><script>
  const spa = new auth0.Auth0Client({ domain: '${domain}', clientId: 'shop', useDpop: true, useRefreshTokens: true, useRefreshTokensFallback: true, authorizeTimeoutInSeconds: 8,
    authorizationParams: { redirect_uri: location.origin + '/callback', audience: 'https://api.example', scope: 'openid email' } });
  const told = (work) => work.catch((e) => ({ error: e.error || e.name, description: e.error_description || e.message }));
  window.token = () => told(spa.getTokenSilently({ cacheMode: 'off', detailedResponse: true }));
  window.look = () => told(spa.createFetcher({ dpopNonceId: 'op' }).fetchWithAuth('https://${domain}/userinfo').then(async (r) => ({ status: r.status, body: await r.text() })));
  window.bare = async () => { const t = await spa.getTokenSilently(); return (await fetch('https://${domain}/userinfo', { headers: { Authorization: 'Bearer ' + t } })).status; };
</script>`));

const payload = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString('utf8'));

for (const kind of kinds) {
  test(`${kind}: auth0-spa-js with useDpop`, { timeout: 180_000 }, async () => {
    const browser = await launch(kind, { spki: [certificate.spki] });
    const first = await browser.page();
    await first.goto(`https://${domain}/authorize?${new URLSearchParams({ client_id: 'shop', redirect_uri: `${origin}/callback`, response_type: 'code', scope: 'openid', state: 's' })}`);
    await signInOn(first, users[0]);

    const page = await browser.page();
    await page.goto(`${origin}/app`);
    const silent = await page.evaluate(() => window.token());
    assert.ok(silent.access_token, JSON.stringify(silent));
    const { cnf } = payload(silent.access_token);
    assert.match(cnf.jkt, /^[\w-]{43}$/);

    const refreshed = await page.evaluate(() => window.token());
    assert.ok(refreshed.access_token, JSON.stringify(refreshed));
    assert.notEqual(refreshed.access_token, silent.access_token);
    assert.equal(payload(refreshed.access_token).cnf.jkt, cnf.jkt, 'the same key, from the page itself');
    assert.equal(payload(refreshed.access_token).gty, 'refresh_token');

    const answer = await page.evaluate(() => window.look());
    assert.equal(answer.status, 200, JSON.stringify(answer));
    assert.equal(JSON.parse(answer.body).email, users[0].email);
    assert.equal(await page.evaluate(() => window.bare()), 401, 'nothing without the key');
    await browser.close();
  });
}
