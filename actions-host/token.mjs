// SPDX-License-Identifier: Apache-2.0
// Session tokens: what an action gives along with a redirect, and what comes back. JWTs, HS256,
// with a secret that the action and the outside page share (RFC 7519, RFC 7515).
import { createHmac, timingSafeEqual } from 'node:crypto';

const HEADER = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url');

function sign(secret, text) {
  return createHmac('sha256', secret).update(text).digest();
}

function now() {
  return Math.floor(Date.now() / 1000);
}

export function encodeToken(event, { secret, payload = {}, expiresInSeconds = 900 }) {
  if (typeof secret !== 'string' || secret === '') throw new TypeError('redirect.encodeToken: secret must be a string');
  const iat = now();
  const claims = {
    ...payload, sub: event.user.user_id, iss: event.request.hostname, iat, exp: iat + expiresInSeconds, ip: event.request.ip,
  };
  const text = `${HEADER}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${text}.${sign(secret, text).toString('base64url')}`;
}

function open(token, secret) {
  const [head, body, signature, ...rest] = String(token).split('.');
  if (rest.length || !signature) throw new Error('it is not a token');
  if (JSON.parse(Buffer.from(head, 'base64url')).alg !== 'HS256') throw new Error('its algorithm is not HS256');
  const expected = sign(secret, `${head}.${body}`);
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new Error('its signature does not fit');
  return JSON.parse(Buffer.from(body, 'base64url'));
}

/** The payload of the token that came back to /continue. Throws when anything about it is amiss. */
export function validateToken(event, { secret, tokenParameterName = 'session_token' }) {
  const { body = {}, query = {} } = event.request;
  const token = body[tokenParameterName] ?? query[tokenParameterName];
  if (token === undefined) throw new Error(`The session token is invalid: there is no parameter ${tokenParameterName}`);
  try {
    const claims = open(token, secret);
    if (typeof claims.exp !== 'number' || claims.exp <= now()) throw new Error('it has expired');
    if (claims.sub !== event.user.user_id) throw new Error('it is about another user');
    if (claims.state !== query.state) throw new Error('its state is not the state of this redirect');
    return claims;
  } catch (error) {
    throw new Error(`The session token is invalid: ${error.message}`);
  }
}
