// SPDX-License-Identifier: Apache-2.0
// Config, Dynamic and Third-party-initiated login, as an independent test-suite asks for them: a
// test a module. What it would only warn of fails.
import assert from 'node:assert/strict';
import https from 'node:https';
import { after, describe, test } from 'node:test';

import { makeAuthority } from '../support/ca.mjs';
import { checkRefusal, checkRegistration } from '../support/conformance.mjs';
import { elements } from '../support/html.mjs';
import { jwt, makeKey, signedBy } from '../support/jwt.mjs';
import { isErrorPage, openProvider } from '../support/party.mjs';

// The relying party's own server: its keys, behind https.
const authority = makeAuthority();
after(() => authority.remove());
const { cert, key } = authority.issue('localhost');
const published = new Map(); // path: JSON, or text
const protocols = new Set();
const own = https.createServer({ cert, key }, (incoming, answer) => {
  protocols.add(incoming.socket.getProtocol());
  const what = published.get(incoming.url);
  answer.setHeader('Content-Type', typeof what === 'string' ? 'application/oauth-authz-req+jwt' : 'application/json');
  answer.end(typeof what === 'string' ? what : JSON.stringify(what));
});
await new Promise((done) => { own.listen(0, '127.0.0.1', done); });
after(() => { own.closeAllConnections(); own.close(); });
const host = `localhost:${own.address().port}`;

const setOf = (...keys) => ({ keys: keys.map(({ jwk }) => jwk) });

/** What a client registers whose keys are at a path of its own, and what is there. */
function behindUri(path, ...keys) {
  published.set(path, setOf(...keys));
  return { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: `https://${host}${path}` };
}

const provider = await openProvider({ settings: { outgoing_private_hosts: [host], unsigned_request_objects: true, unsigned_id_tokens: true },
  env: { SSL_CERT_FILE: authority.file } });
const metadata = await provider.metadata();
const callback = 'https://rp.example/callback';

// Side by side: one of them waits for the clock.
describe('Config, Dynamic, Third-party-initiated login', { concurrency: 4 }, () => {
  test('oidcc-discovery-endpoint-verification: everything that a client must find', async () => {
    const has = (name, ...values) => values.forEach((value) => assert.ok(metadata[name]?.includes(value), `${name} has ${value}`));
    has('response_types_supported', 'code', 'id_token', 'id_token token', 'code id_token', 'code token', 'code id_token token');
    has('grant_types_supported', 'authorization_code', 'implicit', 'refresh_token');
    has('response_modes_supported', 'query', 'fragment', 'form_post');
    has('subject_types_supported', 'public', 'pairwise');
    has('id_token_signing_alg_values_supported', 'RS256', 'none');
    has('userinfo_signing_alg_values_supported', 'RS256');
    has('request_object_signing_alg_values_supported', 'RS256', 'none');
    has('scopes_supported', 'openid', 'profile', 'email', 'address', 'phone', 'offline_access');
    has('claims_supported', 'sub', 'name', 'email');
    has('code_challenge_methods_supported', 'S256');
    for (const name of ['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri', 'registration_endpoint',
      'acr_values_supported']) {
      assert.ok(metadata[name], name);
    }
    assert.equal(metadata.claims_parameter_supported, true);
    assert.equal(metadata.request_parameter_supported, true);
    assert.equal(metadata.request_uri_parameter_supported, true);
  });

  for (const [profile, members] of Object.entries({
    'rp-initiated-logout': { end_session_endpoint: 'string' },
    'frontchannel-logout': { end_session_endpoint: 'string', frontchannel_logout_supported: true, frontchannel_logout_session_supported: true },
    'session-management': { end_session_endpoint: 'string', check_session_iframe: 'string' },
    'backchannel-logout': { end_session_endpoint: 'string', backchannel_logout_supported: true, backchannel_logout_session_supported: true },
  })) {
    test(`oidcc-${profile}-discovery-endpoint-verification`, () => {
      for (const [name, value] of Object.entries(members)) assert.ok(metadata[name] === value || typeof metadata[name] === value, name);
    });
  }

  test('oidcc-discovery-endpoint-verification: the same metadata by RFC 8414', async () => {
    const answer = await provider.read('/.well-known/oauth-authorization-server');
    assert.deepEqual(answer.response.json, metadata);
  });

  test('oidcc-discovery-jwks-uri-keys: every key is public, known and whole', async () => {
    const keys = await provider.keys();
    assert.ok(keys.some(({ kty, use }) => kty === 'RSA' && use === 'sig'));
  });

  test('oidcc-discovery-endpoint-verification: every algorithm that is named for id_tokens works', async () => {
    for (const alg of metadata.id_token_signing_alg_values_supported) {
      await provider.during({ id_token_signed_response_alg: alg }, async (party) => {
        assert.equal((await party.signIn()).idToken.header.alg, alg);
      });
    }
  });

  test('oidcc-ensure-redirect-uri-in-authorization-request: two are registered, none is named', () => (
    provider.during({ redirect_uris: [callback, 'https://rp.example/other'] }, async (party) => {
      isErrorPage(await party.send(party.request({ redirect_uri: undefined })));
    })));

  test('oidcc-redirect-uri-query-OK: its query is kept', () => (
    provider.during({ redirect_uris: [`${callback}?bar=foo`] }, async (party) => {
      const back = await party.signIn();
      assert.equal(new URL(back.answer.location).searchParams.get('bar'), 'foo');
    })));

  for (const [name, registered, sent] of [['query-mismatch', '?bar=foo', '?bar=bad'], ['query-added', '', '?foo=bar']]) {
    test(`oidcc-redirect-uri-${name}: a page, and no redirect`, () => provider.during({ redirect_uris: [callback + registered] }, async (party) => {
      isErrorPage(await party.send(party.request({ redirect_uri: callback + sent })));
    }));
  }

  test('oidcc-redirect-uri-regfrag: a fragment is refused', async () => {
    checkRefusal(await provider.tryToRegister({ redirect_uris: [`${callback}#foo`] }), 'invalid_redirect_uri');
  });

  for (const [name, find] of Object.entries({
    logo_uri: (page) => elements(page.text, 'img').map(({ attributes }) => attributes.src),
    policy_uri: (page) => elements(page.text, 'a').map(({ attributes }) => attributes.href),
    tos_uri: (page) => elements(page.text, 'a').map(({ attributes }) => attributes.href),
  })) {
    test(`oidcc-registration-${name.replace('_', '-')}: the sign-in page shows it`, () => (
      provider.during({ [name]: `https://rp.example/${name}` }, async (party) => {
        const page = await party.browser.follow(await party.send(party.request()));
        assert.ok(find(page).includes(`https://rp.example/${name}`), page.text);
        if (name === 'logo_uri') assert.ok(page.directive('img-src').some((word) => word === 'https:' || word.startsWith('https://rp.example')),
          'and the policy lets it');
        assert.equal(page.forms.flatMap(({ controls }) => controls).some(({ id }) => id === 'username'), true);
      })));
  }

  test('oidcc-registration-jwks-uri: an assertion is checked with the keys behind it, by TLS 1.3', () => {
    const signer = makeKey('RS256', 'behind');
    return provider.during(behindUri('/jwks', signer), async (party) => {
      assert.ok((await party.signIn({}, { signer })).access_token);
      assert.deepEqual([...protocols], ['TLSv1.3']);
    });
  });

  for (const [name, aud] of [['the issuer', () => provider.issuer], ['the token endpoint', () => metadata.token_endpoint]]) {
    test(`oidcc-ensure-client-assertion-with-iss-aud-succeeds: ${name}`, () => (
      provider.during({ token_endpoint_auth_method: 'private_key_jwt' }, async (party) => {
        assert.ok((await party.signIn({}, { aud: aud() })).access_token);
      })));
  }

  test('oidcc-idtoken-unsigned: alg none, from the token endpoint, to whoever registered it', () => (
    provider.during({ id_token_signed_response_alg: 'none' }, async (party) => {
      const { idToken } = await party.signIn();
      assert.equal(idToken.header.alg, 'none');
    })));

  test('oidcc-registration-sector-uri: accepted where it lists the redirect_uri, and the sub is of the sector', async () => {
    published.set('/sector', [callback, 'https://rp.example/other']);
    const sector = { subject_type: 'pairwise', sector_identifier_uri: `https://${host}/sector` };
    await provider.during(sector, (one) => provider.during({ ...sector, redirect_uris: ['https://rp.example/other'] }, (two) => (
      provider.during({}, async (open) => {
        const [mine, theirs, everybodys] = [await one.signIn(), await two.signIn(), await open.signIn()];
        assert.equal(mine.idToken.sub, theirs.idToken.sub);
        assert.notEqual(mine.idToken.sub, everybodys.idToken.sub);
        assert.equal((await one.signIn({ prompt: 'none', id_token_hint: mine.id_token })).idToken.sub, mine.idToken.sub);
      }))));
  });

  test('oidcc-registration-sector-bad: refused where it does not', async () => {
    published.set('/sector-bad', ['https://rp.example/other']);
    checkRefusal(await provider.tryToRegister({ subject_type: 'pairwise', sector_identifier_uri: `https://${host}/sector-bad` }),
      'invalid_client_metadata');
  });

  /** An authorization whose request object is behind a URL with a fragment, as registered. */
  async function byReference(path, alg, write) {
    const uri = `https://${host}${path}`;
    const fragment = '#of-this-request';
    await provider.during({ request_uris: [uri + fragment], request_object_signing_alg: alg }, async (party) => {
      const request = party.request();
      published.set(path, write(party, { ...request, iss: party.client.client_id, aud: provider.issuer }));
      const { client_id, response_type, scope } = request;
      const back = await party.authorize(request, { url: { client_id, response_type, scope, state: 'not this', request_uri: uri + fragment } });
      assert.ok((await party.redeem(back)).idToken);
    });
  }

  test('oidcc-request-uri-unsigned, -supported-correctly-or-rejected-as-unsupported: it counts', () => (
    byReference('/unsigned.jwt', 'none', (_, request) => jwt('none', null, request))));

  test('oidcc-request-uri-signed-rs256: it counts', () => (
    byReference('/signed.jwt', 'RS256', (party, request) => signedBy(party.key, request))));

  test('oidcc-request-uri: one that was not registered is an error, and is not fetched', () => provider.during({}, async (party) => {
    const request = party.request({ request_uri: `https://${host}/not-registered.jwt` });
    published.set('/not-registered.jwt', jwt('none', null, request));
    const { params } = await party.authorize(request);
    assert.equal(params.error, 'invalid_request_uri');
  }));

  test('oidcc-refresh-token-rp-key-rotation: a new kid is looked for', () => {
    const [before, after] = [makeKey('RS256', 'before'), makeKey('RS256', 'after')];
    return provider.during(behindUri('/rotating', before), async (party) => {
      const tokens = await party.signIn({ scope: 'openid offline_access', prompt: 'consent' }, { signer: before });
      const refreshed = await party.refresh(tokens, {}, { signer: before });
      published.set('/rotating', setOf(after));
      await new Promise((done) => { setTimeout(done, 11_000); });
      assert.ok((await party.refresh(refreshed, {}, { signer: after })).access_token);
    });
  });

  test('oidcc-server-rotate-keys: a new key is there, the old ones are still', async () => {
    const before = await provider.keys();
    const rotated = await provider.server.command('key', 'rotate', '--alg', 'RS256');
    assert.equal(rotated.code, 0, rotated.stderr);
    const isNew = ({ kid }) => !before.some((old) => old.kid === kid);
    let now = before;
    for (let tries = 0; tries < 100 && !now.some(isNew); tries++) {
      await new Promise((done) => { setTimeout(done, 100); });
      now = await provider.keys();
    }
    const fresh = now.filter(isNew);
    assert.ok(fresh.length > 0);
    for (const { kty, use } of fresh) assert.deepEqual([kty, use], ['RSA', 'sig']);
    for (const { kid } of before) assert.ok(now.some((key) => key.kid === kid), `${kid} is still listed`);
    await provider.during({}, async (party) => {
      const { kid } = (await party.signIn()).idToken.header;
      assert.ok(before.some((key) => key.kid === kid), 'what signs was known before');
    });
  });

  test('oidcc-3rd_party-init-login: initiate_login_uri is echoed, and read back', () => (
    provider.during({ initiate_login_uri: 'https://rp.example/start' }, async (party) => {
      assert.equal(party.client.initiate_login_uri, 'https://rp.example/start');
      const read = checkRegistration(await party.manage('GET'), 200);
      assert.equal(read.initiate_login_uri, 'https://rp.example/start');
      assert.equal(read.client_id, party.client.client_id);
    })));

  test('oidcc-3rd_party-init-login-nohttps: http is refused', async () => {
    checkRefusal(await provider.tryToRegister({ initiate_login_uri: 'http://rp.example/start' }), 'invalid_client_metadata');
  });
});
