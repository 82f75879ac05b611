// SPDX-License-Identifier: Apache-2.0
// A relying party as an independent test-suite plays it: it registers itself, asks, redeems and
// reads userinfo, and has every answer checked by conformance.mjs before a test sees it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import https from 'node:https';
import { after } from 'node:test';

import { Browser } from './browser.mjs';
import { makeAuthority } from './ca.mjs';
import { checkAuthorization, checkDiscovery, checkIdToken, checkKeys, checkRegistration, checkTokens, checkUserinfo,
  claimsOf } from './conformance.mjs';
import { jwt, makeKey, signedBy } from './jwt.mjs';
import { serve } from './server.mjs';
import { defaultTenant } from './tenant.mjs';

/** A person of whom everything that the standard has a claim for is known. */
export const everything = {
  email: 'eva@example.com', email_verified: true, password: 'correct horse eva', username: 'eva', name: 'Eva M. Example', given_name: 'Eva',
  family_name: 'Example', middle_name: 'M.', nickname: 'ev', profile: 'https://people.example/eva', picture: 'https://people.example/eva.png',
  website: 'https://eva.example/', gender: 'female', birthdate: '1990-01-01', zoneinfo: 'Europe/Lisbon', locale: 'pt-PT',
  phone_number: '+15550100', phone_verified: true, address: { country: 'PT', locality: 'Porto' },
};

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const key = makeKey('RS256', 'rp-1');
const unguessable = () => randomBytes(24).toString('base64url');

/**
 * A provider behind https where anybody may register, with `changes` over the settings.
 *   authority   the one that issued its certificate: parties' own servers may use it too
 */
export async function openProvider({ settings = {}, clients = [], args = [], env = {} } = {}) {
  const authority = makeAuthority();
  after(() => authority.remove());
  const certificate = authority.issue('localhost');
  const server = await serve({
    tenant: defaultTenant({ clients, users: [everything], tenant: { flags: { enable_dynamic_client_registration: true }, ...settings } }),
    tls: { ...certificate, ca: authority.pem },
    env: { SSL_CERT_FILE: authority.file, ...env },
    args,
  });
  return new Provider(server, authority);
}

/** A handshake for each request would be most of the work. */
class KeptAlive extends Browser {
  constructor(provider) {
    super(provider.server);
    this.agent = provider.agent;
  }

  send(path, options) {
    return super.send(path, { agent: this.agent, ...options });
  }
}

class Provider {
  constructor(server, authority) {
    this.server = server;
    this.agent = new https.Agent({ keepAlive: true });
    after(() => this.agent.destroy());
    this.authority = authority;
    this.issuer = server.issuer;
  }

  read(path) {
    return new KeptAlive(this).send(path);
  }

  async metadata() {
    this.known ??= checkDiscovery(await this.read('/.well-known/openid-configuration'), this.issuer);
    return this.known;
  }

  async keys() {
    return checkKeys(await this.read('/.well-known/jwks.json'));
  }

  /** The answer to a registration with what every one of a suite's carries, and `changes`. */
  async tryToRegister(changes = {}) {
    const { registration_endpoint: endpoint } = await this.metadata();
    const hybrid = (changes.response_types ?? ['code']).some((type) => /token/.test(type));
    return new KeptAlive(this).send(endpoint, { jar: undefined, method: 'POST', json: {
      client_name: 'An independent relying party',
      redirect_uris: ['https://rp.example/callback'],
      contacts: ['rp@example.com'],
      grant_types: ['authorization_code', 'refresh_token', ...(hybrid ? ['implicit'] : [])],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
      ...('jwks_uri' in changes ? {} : { jwks: { keys: [key.jwk] } }),
      ...changes,
    } });
  }

  async register(changes, options) {
    return new Party(this, checkRegistration(await this.tryToRegister(changes)), await this.keys(), options);
  }

  /** Registers for one test, and has the registration deleted when the test is done. */
  async during(changes, test) {
    const party = await this.register(changes);
    await test(party);
    await party.unregister();
  }
}

export class Party {
  constructor(provider, client, keys, { browser } = {}) {
    this.provider = provider;
    this.client = client;
    this.keys = keys;
    this.key = key;
    this.browser = browser ?? new KeptAlive(provider);
    [this.redirectUri] = client.redirect_uris;
    [this.responseType] = client.response_types;
  }

  get issuer() {
    return this.provider.issuer;
  }

  /** An authorization request; undefined leaves a parameter out. */
  request(changes = {}) {
    const type = 'response_type' in changes ? changes.response_type : this.responseType;
    const all = {
      client_id: this.client.client_id,
      redirect_uri: this.redirectUri,
      response_type: type,
      scope: 'openid',
      state: randomBytes(96).toString('base64url'),
      nonce: unguessable(),
      ...changes,
    };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  }

  send(request, { method = 'GET', url } = {}) {
    return this.browser.authorize(Object.entries(url ?? request), { method });
  }

  /** Does what a person does on the way: signs in, allows. Counts the sign-in pages. */
  async through(first, pages = { signIns: 0 }) {
    let at = await this.browser.follow(first);
    for (let i = 0; i < 4; i++) {
      const has = (name) => at.forms.some((form) => form.controls.some(({ id }) => id === name));
      const allows = (button) => button.value === 'accept';
      if (at.location) break;
      if (has('password') || has('username')) {
        pages.signIns++;
        at = await this.browser.fillIn(at, everything);
      } else if (at.forms.some(({ buttons }) => buttons.some(allows))) {
        at = await this.browser.press(at, {}, allows);
      } else break;
    }
    return at;
  }

  /**
   * Asks, goes through the pages and checks the answer: {request, params, answer, signIns}.
   *   method, url    how it is sent, and other parameters than the request's own if a request
   *                  object carries those
   */
  async authorize(changes = {}, how = {}) {
    const request = this.request(changes);
    const pages = { signIns: 0 };
    const answer = await this.through(await this.send(request, how), pages);
    const params = checkAuthorization(answer, request, this.issuer);
    // RFC 9207, 2.3: what is advertised is there.
    const { authorization_response_iss_parameter_supported: hasIssuer } = await this.provider.metadata();
    assert.equal(params.iss, hasIssuer ? this.issuer : undefined);
    const back = { request, params, answer, ...pages };
    if (params.id_token) back.idToken = this.checkIdToken(params.id_token, request, { beside: params });
    return back;
  }

  checkIdToken(token, request, options = {}) {
    const onlyToken = request.response_type === 'id_token';
    const asked = Object.keys(JSON.parse(request.claims ?? '{}').id_token ?? {});
    const allowed = [...(onlyToken ? claimsOf(request.scope) : []), ...asked];
    const unsigned = this.client.id_token_signed_response_alg === 'none';
    return checkIdToken(token, { issuer: this.issuer, client: this.client, keys: this.keys, nonce: request.nonce, unsigned }, { allowed,
      ...options });
  }

  /** What proves the client at the token endpoint: {form, headers}. */
  proof({ aud = this.issuer, signer = this.key, header } = {}) {
    const { client_id: id, client_secret: secret, token_endpoint_auth_method: method } = this.client;
    const now = Math.floor(Date.now() / 1000);
    const statement = { iss: id, sub: id, aud, iat: now, exp: now + 60, jti: unguessable() };
    const assertion = (text) => ({ form: { client_id: id, client_assertion_type: assertionType, client_assertion: text } });
    if (method === 'client_secret_post') return { form: { client_id: id, client_secret: secret } };
    if (method === 'private_key_jwt') return assertion(signedBy(signer, statement, header));
    if (method === 'client_secret_jwt') return assertion(jwt('HS256', secret, statement));
    if (method === 'none') return { form: { client_id: id } };
    return { headers: { Authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}` } };
  }

  async askForTokens(form, how) {
    const { form: own, headers } = this.proof(how);
    const { token_endpoint: endpoint } = await this.provider.metadata();
    return this.browser.send(endpoint, { jar: undefined, form: { ...form, ...own }, headers });
  }

  tryToRedeem({ params, request }, how) {
    const code = { grant_type: 'authorization_code', code: params.code, redirect_uri: request.redirect_uri };
    return this.askForTokens({ ...code, ...how?.form }, how);
  }

  /** Redeems the code: the checked tokens, with the id_token's claims as `idToken`. */
  async redeem(back, how) {
    const tokens = checkTokens(await this.tryToRedeem(back, how));
    const idToken = this.checkIdToken(tokens.id_token, back.request, how?.checks);
    if (back.idToken) {
      for (const name of ['iss', 'sub']) assert.equal(idToken[name], back.idToken[name], name);
    }
    return { ...tokens, idToken };
  }

  /** A refreshed answer is of the same sign-in, and has no nonce: OpenID Connect Core 1.0, 12.2. */
  async refresh({ refresh_token: token, idToken: before }, form = {}, how) {
    const tokens = checkTokens(await this.askForTokens({ grant_type: 'refresh_token', refresh_token: token, ...form }, how));
    if (!tokens.id_token) return tokens;
    const idToken = this.checkIdToken(tokens.id_token, { scope: 'openid' });
    for (const name of ['iss', 'sub', 'aud', 'azp', 'auth_time']) assert.deepEqual(idToken[name], before[name], name);
    assert.ok(idToken.iat >= before.iat);
    return { ...tokens, idToken };
  }

  /** One authorization to its end: what the response type gives, and userinfo if it can be had. */
  async signIn(changes, how) {
    const back = await this.authorize(changes, how);
    const tokens = back.params.code ? await this.redeem(back, how) : {};
    const accessToken = tokens.access_token ?? back.params.access_token;
    const idToken = tokens.idToken ?? back.idToken;
    const userinfo = accessToken && idToken ? checkUserinfo(await this.askUserinfo(accessToken), idToken.sub) : undefined;
    return { ...back, ...tokens, access_token: accessToken, idToken, userinfo };
  }

  askUserinfo(token, options = { headers: { Authorization: `Bearer ${token}` } }) {
    return this.browser.send('/userinfo', { jar: undefined, ...options });
  }

  manage(method, json) {
    return this.browser.send(this.client.registration_client_uri, { jar: undefined, method, json,
      headers: { Authorization: `Bearer ${this.client.registration_access_token}` } });
  }

  async unregister() {
    const gone = await this.manage('DELETE');
    assert.equal(gone.status, 204, gone.text);
  }
}

/** A page for a person, and nothing that leads to an app. */
export function isErrorPage(answer, redirectUri = 'https://rp.example') {
  assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status}`);
  assert.equal(answer.location, undefined);
  assert.match(answer.header('content-type'), /^text\/html/);
  assert.doesNotMatch(answer.text, new RegExp(`(href|action)="${redirectUri}`));
}
