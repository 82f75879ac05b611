// SPDX-License-Identifier: Apache-2.0
// The claims parameter and every standard claim: OpenID Connect Core 1.0, 5.1, 5.4 and 5.5.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, claims, refusal, spa } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, webApp } from '../support/tenant.mjs';

const profile = { name: 'Eva Example', given_name: 'Eva', family_name: 'Example', middle_name: 'Q', nickname: 'ev', preferred_username: 'eva', profile: 'https://eva.example/',
  picture: 'https://img.example/eva.png', website: 'https://eva.example/blog', gender: 'female', birthdate: '1990-01-01', zoneinfo: 'Europe/Lisbon', locale: 'pt-PT' };
const address = { formatted: 'Rua 1\n4000 Porto', street_address: 'Rua 1', locality: 'Porto', region: 'Porto', postal_code: '4000', country: 'PT' };
const eva = { email: 'eva@example.com', email_verified: true, password: 'correct horse eva', user_id: 'auth0|eva', phone_number: '+15550100', phone_verified: true, address, ...profile };
const implicit = { ...spa, client_id: 'implicit', name: 'Implicit' };
const MULTI_FACTOR = 'http://schemas.openid.net/pape/policies/2007/06/multi-factor';
const server = await serve({ tenant: defaultTenant({ clients: [spa, webApp, implicit], users: [eva], tenant: { acr_values_supported: ['urn:one', 'urn:two'] } }) });

async function answers(params, client = spa) {
  const browser = new Browser(server, { client });
  const tokens = await browser.redeem(await browser.signIn('eva', params));
  const info = await browser.send('/userinfo', { jar: undefined, headers: { Authorization: `Bearer ${tokens.access_token}` } });
  return { id: claims(tokens.id_token), info: info.response.json };
}

const asking = (parts) => ({ claims: typeof parts === 'string' ? parts : JSON.stringify(parts) });
const all = { ...profile, email: eva.email, email_verified: true, phone_number: eva.phone_number, phone_number_verified: true, address };
const technical = ['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'acr', 'amr', 'azp', 'sid', 'at_hash', 'c_hash'];

test('every claim of the standard, by scopes, at userinfo and not in the id_token', async () => {
  const { id, info } = await answers({ scope: 'openid profile email address phone' });
  const { sub, updated_at: updatedAt, ...rest } = info;
  assert.deepEqual(rest, all);
  assert.equal(sub, 'auth0|eva');
  assert.ok(Number.isInteger(updatedAt) && updatedAt > 1_700_000_000);
  assert.deepEqual(Object.keys(id).filter((name) => !technical.includes(name)), []);
});

test('in the id_token where no access token comes along', async () => {
  const browser = new Browser(server, { client: implicit });
  const answer = await browser.signIn('eva', { response_type: 'id_token', scope: 'openid profile email address phone', code_challenge: undefined, code_challenge_method: undefined });
  const id = claims(answer.params.id_token);
  for (const [name, value] of Object.entries(all)) assert.deepEqual(id[name], value, name);
});

for (const name of [...Object.keys(all), 'updated_at']) {
  test(`${name} alone, essential or voluntary, where it was asked for`, async () => {
    const { id, info } = await answers(asking({ userinfo: { [name]: { essential: true } } }));
    assert.deepEqual(Object.keys(info).sort(), [name, 'sub'].sort());
    assert.ok(!(name in id));
    const other = await answers(asking({ id_token: { [name]: null } }));
    assert.ok(name in other.id);
    assert.deepEqual(Object.keys(other.info), ['sub']);
  });
}

test('a value, or one of several: given if it is that', async () => {
  const { info } = await answers(asking({ userinfo: { name: { value: 'Eva Example' }, given_name: { value: 'Ana' }, locale: { values: ['de', 'pt-PT'] }, zoneinfo: { values: ['Europe/Berlin'] },
    email_verified: { value: true }, phone_number_verified: { value: false }, nickname: { values: [] } } }));
  assert.deepEqual(info, { sub: 'auth0|eva', name: 'Eva Example', locale: 'pt-PT', email_verified: true });
});

test('a scope gives what a value would not', async () => {
  assert.equal((await answers({ scope: 'openid email', ...asking({ userinfo: { email: { value: 'ana@example.com' } } }) })).info.email, eva.email);
});

test('what nobody knows, and languages, are passed over', async () => {
  const { info } = await answers({ ...asking({ userinfo: { 'name#de': null, shoe_size: { essential: true }, name: { purpose: 'x' } }, verified: {} }), claims_locales: 'se de' });
  assert.deepEqual(info, { sub: 'auth0|eva', name: 'Eva Example' });
});

test('they are kept by refresh tokens and through the sign-in page', async () => {
  const browser = new Browser(server, { client: webApp });
  const tokens = await browser.redeem(await browser.signIn('eva', { scope: 'openid offline_access', ...asking({ id_token: { email: null }, userinfo: { name: null } }) }));
  const again = (await browser.token({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token })).response.json;
  assert.equal(claims(again.id_token).email, eva.email);
  const info = await browser.send('/userinfo', { jar: undefined, headers: { Authorization: `Bearer ${again.access_token}` } });
  assert.deepEqual(info.response.json, { sub: 'auth0|eva', name: 'Eva Example' });
});

test('acr: whatever asks for it gets one; amr and auth_time are told', async () => {
  assert.equal((await answers({ acr_values: 'urn:two urn:one' })).id.acr, 'urn:two');
  assert.equal((await answers(asking({ id_token: { acr: null } }))).id.acr, 'urn:one');
  assert.equal((await answers(asking({ id_token: { acr: { values: ['urn:other', 'urn:two'] } } }))).id.acr, 'urn:two');
  assert.equal((await answers(asking({ id_token: { acr: { essential: true, value: 'urn:two' } } }))).id.acr, 'urn:two');
  assert.equal((await answers({ acr_values: 'urn:one', ...asking({ id_token: { acr: { essential: true, value: 'urn:two' } } }) })).id.acr, 'urn:two', 'what is essential comes first');
  assert.equal((await answers({})).id.acr, undefined);
  const { id } = await answers(asking({ id_token: { auth_time: { essential: true } } }));
  assert.deepEqual(id.amr, ['pwd']);
  assert.ok(Math.abs(id.auth_time - Date.now() / 1000) < 300);
});

test('an essential acr that cannot be given is an error; one that is only wished for is not', async () => {
  const browser = new Browser(server);
  await browser.signIn('eva');
  const ask = (acr) => browser.authorize({ prompt: 'none', ...asking({ id_token: { acr } }) });
  (await ask({ essential: true, values: ['urn:other'] })).redirectsTo(spa.callbacks[0], refusal('unmet_authentication_requirements'));
  (await ask({ values: ['urn:other'] })).redirectsTo(spa.callbacks[0], { code: /./, state: 'xyz' });
  (await ask({ essential: true, value: MULTI_FACTOR })).redirectsTo(spa.callbacks[0], refusal('login_required'));
});

test('what is no claims parameter is refused', async () => {
  const browser = new Browser(server);
  for (const bad of ['x', '[]', '"x"', '7', 'null', '{', '{"userinfo":[]}', '{"userinfo":"name"}', '{"id_token":{"name":true}}', '{"id_token":{"name":{"essential":"yes"}}}',
    '{"userinfo":{"name":{"values":"x"}}}', '{"userinfo":{"name":null,"name":null}}', `{"userinfo":{"${'x'.repeat(5000)}":null}}`, '{"userinfo":{"name":null}}x', '\u0000']) {
    const answer = await browser.authorize({ prompt: 'none', claims: bad });
    answer.redirectsTo(spa.callbacks[0], refusal('invalid_request'));
    assert.match(answer.params.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  }
  (await browser.authorize({ prompt: 'none', claims: '{"userinfo":null,"id_token":{}}' })).redirectsTo(spa.callbacks[0], refusal('login_required'));
});

test('display, ui_locales and unknown parameters just do not fail', async () => {
  for (const extra of [{ display: 'page' }, { display: 'popup' }, { display: 'touch' }, { display: 'wap' }, { ui_locales: 'se' }, { claims_locales: 'se' }, { login_hint: 'buffy@host' }, { extra: 'foobar' }]) {
    const answer = await new Browser(server).signIn('eva', extra);
    assert.ok(answer.params.code, JSON.stringify(extra));
  }
});
