// SPDX-License-Identifier: Apache-2.0
// OpenID Connect Core 1.0 as an independent test-suite asks for it: a test a module, for every
// response type, plain and by form_post. What it would only warn of fails.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { checkEntropy, checkUserinfo, claimsOf } from '../support/conformance.mjs';
import { everything, isErrorPage, openProvider } from '../support/party.mjs';

const provider = await openProvider();
const metadata = await provider.metadata();

const types = ['code', 'id_token', 'id_token token', 'code id_token', 'code token', 'code id_token token'];
const flavours = types.flatMap((type) => [undefined, 'form_post'].map((mode) => ({ type, mode, name: mode ? `${type} by ${mode}` : type })));

/** Where the claims of the scopes are: in the id_token only if there is no access token. */
const profileOf = ({ request, idToken, userinfo }) => (request.response_type === 'id_token' ? idToken : userinfo);

function hasEvery(claims, scope) {
  for (const name of claimsOf(scope)) assert.ok(name in claims, `${name} of ${scope}`);
}

function modules({ type, mode, name }) {
  const registration = { response_types: [type] };
  const ask = { response_type: type, response_mode: mode };
  let party;
  let first;

  test(`oidcc-server: ${name}: a sign-in to its end`, async () => {
    party = await provider.register(registration);
    first = await party.signIn(ask);
    assert.equal(first.signIns, 1);
    if (first.params.code) checkEntropy(first.params.code);
    assert.ok(!('name' in first.idToken));
  });

  test(`oidcc-prompt-none-logged-in: ${name}: silent, the same sub`, async () => {
    const again = await party.signIn({ ...ask, prompt: 'none' });
    assert.equal(again.signIns, 0);
    assert.equal(again.idToken.sub, first.idToken.sub);
    assert.equal(again.idToken.auth_time, first.idToken.auth_time);
  });

  test(`oidcc-id-token-hint: ${name}: silent, by the first id_token`, async () => {
    const hint = first.id_token ?? first.params.id_token;
    const again = await party.signIn({ ...ask, prompt: 'none', id_token_hint: hint });
    assert.equal(again.signIns, 0);
    assert.equal(again.idToken.sub, first.idToken.sub);
    assert.equal(again.idToken.auth_time, first.idToken.auth_time);
  });

  test(`oidcc-prompt-none-not-logged-in: ${name}: an error, the state whole`, async () => {
    const stranger = await provider.register(registration);
    const { params } = await stranger.authorize({ ...ask, prompt: 'none' });
    assert.equal(params.error, 'login_required');
    await stranger.unregister();
  });

  for (const [scope, words] of Object.entries({ profile: 'openid profile', email: 'openid email', address: 'openid address', phone: 'openid phone',
    all: 'openid profile email address phone' })) {
    test(`oidcc-scope-${scope}: ${name}: every claim of it`, async () => {
      const back = await party.signIn({ ...ask, scope: words });
      hasEvery(profileOf(back), words);
    });
  }

  test(`oidcc-alternate-happy-flow: ${name}: scopes and parameters the other way round`, async () => {
    const request = party.request({ ...ask, scope: 'email openid' });
    const back = await party.signIn(request, { url: Object.fromEntries(Object.entries(request).reverse()) });
    hasEvery(profileOf(back), 'email');
  });

  for (const [what, parameters] of Object.entries({
    'oidcc-display-page': { display: 'page' },
    'oidcc-display-popup': { display: 'popup' },
    'oidcc-ui-locales': { ui_locales: 'se' },
    'oidcc-claims-locales': { claims_locales: 'se' },
    'oidcc-login-hint': { login_hint: 'buffy@localhost' },
    'oidcc-ensure-other-scope-order-succeeds': { scope: 'email openid profile' },
    'oidcc-ensure-request-with-unknown-parameter-succeeds': { extra: 'foobar' },
  })) {
    test(`${what}: ${name}: must just not fail`, async () => {
      const fresh = { ...ask, ...parameters };
      assert.ok((await party.signIn(fresh)).idToken);
    });
  }

  test(`oidcc-ensure-request-with-acr-values-succeeds: ${name}: one of them comes back`, async () => {
    const values = metadata.acr_values_supported;
    const { idToken } = await party.signIn({ ...ask, acr_values: values.join(' ') });
    assert.ok(values.includes(idToken.acr), `acr ${idToken.acr}`);
  });

  test(`oidcc-prompt-login: ${name}: the sign-in page again, auth_time later`, async () => {
    const before = await party.signIn({ ...ask, max_age: '15000' });
    await new Promise((done) => { setTimeout(done, 1100); });
    const again = await party.signIn({ ...ask, prompt: 'login' });
    assert.equal(again.signIns, 1);
    assert.equal(again.idToken.sub, first.idToken.sub);
    assert.ok(again.idToken.auth_time > before.idToken.auth_time);
  });

  test(`oidcc-max-age-1: ${name}: signs in anew, auth_time later`, async () => {
    const before = await party.signIn({ ...ask, max_age: '15000' });
    await new Promise((done) => { setTimeout(done, 2100); });
    const again = await party.signIn({ ...ask, max_age: '1' });
    assert.equal(again.signIns, 1);
    assert.ok(again.idToken.auth_time > before.idToken.auth_time);
    assert.ok(Date.now() / 1000 - again.idToken.auth_time < 10);
  });

  test(`oidcc-max-age-10000: ${name}: no page, the same auth_time`, async () => {
    const before = await party.signIn({ ...ask, max_age: '15000' });
    const again = await party.signIn({ ...ask, max_age: '10000' });
    assert.equal(before.signIns + again.signIns, 0);
    assert.ok(before.idToken.auth_time);
    assert.equal(again.idToken.auth_time, before.idToken.auth_time);
    assert.equal(again.idToken.sub, first.idToken.sub);
  });

  test(`oidcc-claims-essential: ${name}: name, where it was asked for and nowhere else`, async () => {
    const where = type === 'id_token' ? 'id_token' : 'userinfo';
    const back = await party.signIn({ ...ask, claims: JSON.stringify({ [where]: { name: { essential: true } } }) });
    assert.equal(profileOf(back).name, everything.name);
    if (where === 'userinfo') assert.ok(!('name' in back.idToken));
  });

  test(`oidcc-response-type-missing: ${name}: an error in the query`, async () => {
    const { params } = await party.authorize({ response_mode: mode, response_type: undefined });
    assert.ok(['invalid_request', 'unsupported_response_type'].includes(params.error));
  });

  test(`oidcc-ensure-post-request-succeeds: ${name}: the request as a form`, async () => {
    assert.ok((await party.signIn(ask, { method: 'POST' })).idToken);
  });

  test(`oidcc-ensure-registered-redirect-uri: ${name}: another path is a page, and no redirect`, async () => {
    isErrorPage(await party.send(party.request({ ...ask, redirect_uri: 'https://rp.example/callback/x7Gq' })));
  });

  if (type === 'code' || type === 'code token') {
    test(`oidcc-ensure-request-without-nonce-succeeds-for-code-flow: ${name}`, async () => {
      assert.ok(!('nonce' in (await party.signIn({ ...ask, nonce: undefined })).idToken));
    });
  } else {
    test(`oidcc-ensure-request-without-nonce-fails: ${name}`, async () => {
      const { params } = await party.authorize({ ...ask, nonce: undefined });
      assert.equal(params.error, 'invalid_request');
    });
  }

  if (/token$/.test(type) && type !== 'id_token' && type !== 'code id_token') {
    test(`oidcc-userinfo: ${name}: the token of the authorization response does, too`, async () => {
      const back = await party.authorize({ ...ask, scope: 'openid email' });
      const sub = (back.idToken ?? first.idToken).sub;
      assert.equal(checkUserinfo(await party.askUserinfo(back.params.access_token), sub).email, everything.email);
    });
  }

  test(`${name}: the registration is deleted`, () => party.unregister());
}

// Side by side: most of the time they wait for the clock.
describe('Basic, Implicit, Hybrid, and each by form_post', { concurrency: flavours.length }, () => {
  for (const flavour of flavours) describe(flavour.name, { concurrency: 1 }, () => modules(flavour));
});
