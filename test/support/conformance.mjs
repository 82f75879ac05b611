// SPDX-License-Identifier: Apache-2.0
// What an independent test-suite checks of every answer, whatever the test is about. A tolerable
// answer of which such a suite would warn fails here too.
import assert from 'node:assert/strict';
import { constants, createHash, createHmac, createPublicKey, verify } from 'node:crypto';

const year = 365 * 86400;
const base64url = /^[A-Za-z0-9_-]+$/;
const oneLine = /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/;

const words = (text) => text.trim().split(/\s+/);

// The members of RFC 8414's registry and of the specifications behind it that a suite knows.
export const metadataNames = new Set(words(`
  issuer authorization_endpoint token_endpoint userinfo_endpoint jwks_uri registration_endpoint scopes_supported response_types_supported
  response_modes_supported grant_types_supported acr_values_supported subject_types_supported id_token_signing_alg_values_supported
  id_token_encryption_alg_values_supported id_token_encryption_enc_values_supported userinfo_signing_alg_values_supported
  userinfo_encryption_alg_values_supported userinfo_encryption_enc_values_supported request_object_signing_alg_values_supported
  request_object_encryption_alg_values_supported request_object_encryption_enc_values_supported token_endpoint_auth_methods_supported
  token_endpoint_auth_signing_alg_values_supported display_values_supported claim_types_supported claims_supported service_documentation
  claims_locales_supported ui_locales_supported claims_parameter_supported request_parameter_supported request_uri_parameter_supported
  require_request_uri_registration op_policy_uri op_tos_uri revocation_endpoint revocation_endpoint_auth_methods_supported
  revocation_endpoint_auth_signing_alg_values_supported introspection_endpoint introspection_endpoint_auth_methods_supported
  introspection_endpoint_auth_signing_alg_values_supported introspection_signing_alg_values_supported introspection_encryption_alg_values_supported
  introspection_encryption_enc_values_supported code_challenge_methods_supported signed_metadata device_authorization_endpoint
  tls_client_certificate_bound_access_tokens mtls_endpoint_aliases dpop_signing_alg_values_supported check_session_iframe end_session_endpoint
  frontchannel_logout_supported frontchannel_logout_session_supported backchannel_logout_supported backchannel_logout_session_supported
  pushed_authorization_request_endpoint require_pushed_authorization_requests require_signed_request_object
  authorization_response_iss_parameter_supported authorization_signing_alg_values_supported authorization_encryption_alg_values_supported
  authorization_encryption_enc_values_supported authorization_details_types_supported prompt_values_supported
  client_id_metadata_document_supported protected_resources`));

const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const keyTypes = {
  RSA: { members: ['n', 'e'], algs: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'RSA-OAEP', 'RSA-OAEP-256'] },
  EC: { members: ['x', 'y'], curves: ['P-256', 'P-384', 'P-521'], algs: ['ES256', 'ES384', 'ES512', 'ECDH-ES'] },
  OKP: { members: ['x'], curves: ['Ed25519', 'X25519'], algs: ['EdDSA', 'Ed25519', 'ECDH-ES'] },
};

/** The key set: public keys of known kinds, with distinct kids. */
export function checkKeys(answer) {
  assert.equal(answer.status, 200);
  const { keys } = answer.response.json;
  assert.ok(Array.isArray(keys) && keys.length > 0);
  assert.equal(new Set(keys.map(({ kid }) => kid)).size, keys.length, 'kids are distinct');
  for (const key of keys) {
    const kind = keyTypes[key.kty];
    assert.ok(key.kid, 'a kid');
    assert.ok(kind, `kty ${key.kty}`);
    assert.ok(key.alg === undefined || kind.algs.includes(key.alg), `alg ${key.alg}`);
    if (kind.curves) assert.ok(kind.curves.includes(key.crv), `crv ${key.crv}`);
    for (const member of kind.members) assert.match(key[member] ?? '', base64url, `${key.kid}: ${member}`);
    for (const member of secretMembers) assert.ok(!(member in key), `${key.kid} shows ${member}`);
    assert.ok(['sig', 'enc', undefined].includes(key.use));
  }
  return keys;
}

function isHttps(url, what) {
  const { protocol, hash, username } = new URL(url);
  assert.equal(protocol, 'https:', `${what} is https`);
  assert.equal(hash + username, '', what);
}

const lists = (metadata) => Object.entries(metadata).filter(([name]) => /_supported$/.test(name)).filter(([, value]) => typeof value !== 'boolean');

/** Discovery: OpenID Connect Discovery 1.0, 3; RFC 8414, 2. */
export function checkDiscovery(answer, issuer) {
  assert.equal(answer.status, 200);
  assert.match(answer.header('content-type'), /^application\/json\b/);
  const metadata = answer.response.json;
  assert.equal(metadata.issuer, issuer);
  isHttps(metadata.issuer, 'issuer');
  assert.deepEqual(Object.keys(metadata).filter((name) => !metadataNames.has(name)), [], 'every member is a known one');
  for (const [name, value] of Object.entries(metadata)) {
    if (/_endpoint$|_uri$|_iframe$/.test(name)) isHttps(value, name);
  }
  for (const name of ['userinfo_endpoint', 'scopes_supported', 'claims_supported']) assert.ok(name in metadata, name);
  const signed = metadata.request_object_signing_alg_values_supported;
  assert.ok(signed === undefined || signed.includes('RS256'), 'request objects by RS256');
  for (const [name, value] of lists(metadata)) {
    assert.ok(Array.isArray(value) && value.length > 0, `${name} is a list that holds something`);
    for (const item of value) assert.ok(typeof item === 'string' && item !== '', name);
    assert.equal(new Set(value).size, value.length, `${name} says nothing twice`);
  }
  for (const scope of metadata.scopes_supported) assert.match(scope, oneLine);
  for (const name of ['ui_locales_supported', 'claims_locales_supported']) {
    assert.deepEqual(metadata[name] ?? [], Intl.getCanonicalLocales(metadata[name] ?? []), `${name} is canonical`);
  }
  return metadata;
}

/** The answer to a registration: OpenID Connect Registration 1.0, 3.2. */
export function checkRegistration(answer, status = 201) {
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.header('content-type'), /^application\/json\b/);
  const client = answer.response.json;
  assert.ok(client.client_id);
  if ('client_secret' in client) assert.ok(Number.isInteger(client.client_secret_expires_at));
  assert.equal('registration_client_uri' in client, 'registration_access_token' in client);
  isHttps(client.registration_client_uri, 'registration_client_uri');
  return client;
}

/** An error's members, wherever it is told. */
export function checkError({ error, error_description: description = 'none', error_uri: uri }, among) {
  assert.match(error ?? '', oneLine);
  assert.match(description, oneLine, 'one line of ASCII');
  if (uri !== undefined) assert.match(new URL(uri).protocol, /^https?:$/);
  if (among) assert.ok(among.includes(error), `${error} is none of ${among}`);
}

/** A refusal of an endpoint that answers with JSON: RFC 6749, 5.2. */
export function checkRefusal(answer, error, status = [400]) {
  assert.ok([status].flat().includes(answer.status), `${answer.status} ${answer.text}`);
  assert.match(answer.header('content-type'), /^application\/json\b/);
  checkError(answer.response.json, [error].flat());
  answer.isNeverCached();
  assert.ok(!('access_token' in answer.response.json || 'code' in answer.response.json));
}

function modeOf(request) {
  return request.response_mode ?? (/token/.test(request.response_type) ? 'fragment' : 'query');
}

/** Every way in which the members must not have come. */
function checkWay(answer, request) {
  const mode = modeOf(request);
  const { search } = new URL(request.redirect_uri);
  const target = mode === 'form_post' ? answer.forms[0]?.action : answer.location;
  assert.ok(target, `no answer by ${mode}: ${answer.status} ${answer.text.slice(0, 300)}`);
  const to = new URL(target);
  assert.equal(to.origin + to.pathname, request.redirect_uri.replace(/\?.*$/, ''));
  if (mode === 'query') {
    assert.equal(to.hash, '', 'nothing in the fragment');
    assert.ok(to.search.startsWith(search), 'the registered query is kept');
    return Object.fromEntries(new URLSearchParams(to.search.slice(search.length)));
  }
  assert.equal(to.search, search, 'nothing in the query');
  if (mode === 'fragment') return Object.fromEntries(new URLSearchParams(to.hash.slice(1)));
  const [form] = answer.forms;
  assert.equal(form.method, 'POST');
  return Object.fromEntries(form.fields);
}

const errorMembers = ['error', 'error_description', 'error_uri', 'state', 'session_state', 'iss'];

/** The authorization response, right or wrong: its members. */
export function checkAuthorization(answer, request, issuer) {
  const params = checkWay(answer, request);
  assert.equal(params.state, request.state, 'state is echoed');
  if ('iss' in params) assert.equal(params.iss, issuer);
  if ('error' in params) {
    checkError(params);
    assert.deepEqual(Object.keys(params).filter((name) => !errorMembers.includes(name)), []);
    return params;
  }
  const types = words(request.response_type);
  assert.equal('code' in params, types.includes('code'), 'code');
  assert.equal('access_token' in params, types.includes('token'), 'access_token');
  assert.equal('id_token' in params, types.includes('id_token'), 'id_token');
  if ('access_token' in params) checkAccessToken(params);
  if ('code' in params) checkEntropy(params.code);
  return params;
}

/** At least 128 bits long, and 96 bits by Shannon's measure. */
export function checkEntropy(text) {
  const counts = [...text].reduce((seen, c) => seen.set(c, (seen.get(c) ?? 0) + 1), new Map());
  const bits = [...counts.values()].reduce((sum, n) => sum - (n / text.length) * Math.log2(n / text.length), 0);
  assert.ok(text.length * 8 >= 128 && bits * text.length >= 96, `${text} can be guessed`);
}

/** access_token, token_type and expires_in: RFC 6749, 5.1; RFC 6750, 2.1 for the characters. */
export function checkAccessToken(params) {
  assert.match(params.access_token, /^[A-Za-z0-9\-._~+/]+=*$/);
  checkEntropy(params.access_token);
  assert.equal(params.token_type.toLowerCase(), 'bearer');
  assert.ok(Number(params.expires_in) > 0 && Number(params.expires_in) <= year, `expires_in ${params.expires_in}`);
}

/** The token endpoint's success. */
export function checkTokens(answer) {
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.header('content-type'), /^application\/json\b/);
  answer.isNeverCached();
  const tokens = answer.response.json;
  assert.equal(typeof tokens.expires_in, 'number');
  checkAccessToken(tokens);
  if ('refresh_token' in tokens) {
    assert.match(tokens.refresh_token, /^[\x20-\x7e]+$/);
    checkEntropy(tokens.refresh_token);
  }
  return tokens;
}

const verifiers = {
  RS256: (key, input, mac) => verify('sha256', input, key, mac),
  PS256: (key, input, mac) => verify('sha256', input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, mac),
  ES256: (key, input, mac) => verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, mac),
  EdDSA: (key, input, mac) => verify(null, input, key, mac),
};

/** The header and payload of a JWT that one of these keys, or the secret, has signed. */
export function checkSignature(jwt, { keys, secret, unsigned = false }) {
  const [head, payload, mac] = jwt.split('.');
  for (const part of [head, payload]) assert.match(part, base64url);
  const header = JSON.parse(Buffer.from(head, 'base64url'));
  const input = Buffer.from(`${head}.${payload}`);
  if (header.alg === 'none') assert.ok(unsigned && mac === '', 'not signed');
  else if (header.alg === 'HS256') assert.equal(createHmac('sha256', secret).update(input).digest('base64url'), mac);
  else {
    assert.ok(header.kid, 'a kid');
    const jwk = keys.find(({ kid, use }) => kid === header.kid && use !== 'enc');
    assert.ok(jwk, `no key ${header.kid}`);
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    assert.ok(verifiers[header.alg](key, input, Buffer.from(mac, 'base64url')), 'signature');
  }
  return { header, payload: JSON.parse(Buffer.from(payload, 'base64url')) };
}

// OpenID Connect Core 1.0, 5.1 and 5.4.
export const scopeClaims = {
  profile: words(`name given_name family_name middle_name nickname profile picture website gender birthdate zoneinfo locale updated_at
    preferred_username`),
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
};
const tokenClaims = words('iss sub aud exp iat auth_time nonce acr amr azp at_hash c_hash nbf jti sid s_hash txn');

/** What every claim of the standard set must look like, where it is. */
export function checkClaimTypes(claims) {
  for (const name of Object.values(scopeClaims).flat()) {
    if (!(name in claims)) continue;
    if (/_verified$/.test(name)) assert.equal(typeof claims[name], 'boolean', name);
    else if (name === 'updated_at') assert.ok(Number.isInteger(claims[name]), name);
    else if (name === 'address') assert.ok(Object.values(claims[name]).every((line) => typeof line === 'string' && line.trim()), name);
    else assert.ok(typeof claims[name] === 'string' && claims[name].trim(), `${name} is not blank`);
  }
}

/** Claims that the scopes of a request ask for. */
export const claimsOf = (scope) => words(scope).flatMap((word) => scopeClaims[word] ?? []);

function halfHash(alg, text) {
  const digest = createHash(alg === 'EdDSA' ? 'sha512' : 'sha256').update(text).digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}

/**
 * An id_token, its signature and each claim: OpenID Connect Core 1.0, 3.1.3.7, 3.2.2.11, 3.3.2.11.
 *   from    {issuer, client, keys, nonce}
 *   beside  {code, access_token} of the same authorization response; only `code` at the token endpoint
 *   allowed further claims that the request asked for
 */
export function checkIdToken(jwt, { issuer, client, keys, nonce, unsigned }, { beside = {}, allowed = [] } = {}) {
  const { header, payload } = checkSignature(jwt, { keys, secret: client.client_secret, unsigned });
  const now = Date.now() / 1000;
  assert.equal(payload.iss, issuer);
  assert.ok([payload.aud].flat().includes(client.client_id), 'aud');
  assert.ok(payload.exp > now && payload.exp < now + 50 * year, 'exp');
  assert.ok(Math.abs(payload.iat - now) < 300, 'iat');
  assert.ok(typeof payload.sub === 'string' && payload.sub !== '' && payload.sub.length <= 255, 'sub');
  assert.equal(payload.nonce, nonce, 'nonce');
  if ('azp' in payload) assert.equal(payload.azp, client.client_id);
  if ('acr' in payload) assert.ok(payload.acr !== '');
  if ('auth_time' in payload) assert.ok(payload.auth_time <= now + 1 && payload.auth_time > now - year, 'auth_time');
  assert.deepEqual(Object.keys(payload).filter((name) => !tokenClaims.includes(name) && !allowed.includes(name)), [],
    'nothing that was not asked for');
  checkClaimTypes(payload);
  for (const [hash, text] of [['at_hash', beside.access_token], ['c_hash', beside.code]]) {
    if (text !== undefined) assert.equal(payload[hash], halfHash(header.alg, text), hash);
  }
  return { header, ...payload };
}

/** /userinfo's answer as plain JSON. */
export function checkUserinfo(answer, sub) {
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.header('content-type'), /^application\/json\b/);
  const claims = answer.response.json;
  assert.equal(claims.sub, sub);
  checkClaimTypes(claims);
  return claims;
}
