// SPDX-License-Identifier: Apache-2.0
// JWTs as clients make them, right or wrong: nothing here checks anything.
import { constants, createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';

const b64 = (value) => Buffer.from(typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value)).toString('base64url');

/** Another first letter: never the text itself, as a fixed letter would be now and then. */
export const altered = (text) => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`;

const kinds = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
};

/** A key pair for an algorithm: {alg, kid, privateKey, jwk: its public JWK}. */
export function makeKey(alg, kid = alg.toLowerCase()) {
  const { privateKey, publicKey } = kinds[alg]();
  return { alg, kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } };
}

const signers = {
  RS256: (input, key) => sign('sha256', input, key),
  PS256: (input, key) => sign('sha256', input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
  ES256: (input, key) => sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' }),
  EdDSA: (input, key) => sign(null, input, key),
  HS256: (input, secret) => createHmac('sha256', secret).update(input).digest(),
  none: () => Buffer.alloc(0),
};

/** header and payload may be text, to be sent as it is. */
export function jwt(alg, key, payload, header = {}) {
  const head = typeof header === 'string' ? header : { alg, ...header };
  const input = `${b64(head)}.${b64(payload)}`;
  return `${input}.${b64(signers[alg](Buffer.from(input), key))}`;
}

/** Signed by one of makeKey's. */
export function signedBy(key, payload, header) {
  return jwt(key.alg, key.privateKey, payload, { kid: key.kid, ...header });
}

/** The public key as text, which a careless verifier takes for a secret. */
export function publicPem(key) {
  return createPublicKey(key.privateKey).export({ type: 'spki', format: 'pem' });
}
