// SPDX-License-Identifier: Apache-2.0
// A holder of a DPoP key, who makes proofs, right or wrong: nothing here checks anything.
import { createHash, createPublicKey, randomUUID } from 'node:crypto';

import { jwt, makeKey } from './jwt.mjs';

const sha256 = (value) => createHash('sha256').update(value).digest('base64url');

/** RFC 7638: the required members, in their order. */
function thumbprint(jwk) {
  const names = { EC: ['crv', 'kty', 'x', 'y'], RSA: ['e', 'kty', 'n'], OKP: ['crv', 'kty', 'x'] }[jwk.kty];
  return sha256(JSON.stringify(Object.fromEntries(names.map((name) => [name, jwk[name]]))));
}

export class Holder {
  constructor(alg = 'ES256') {
    this.key = makeKey(alg);
    this.jwk = createPublicKey(this.key.privateKey).export({ format: 'jwk' });
    this.jkt = thumbprint(this.jwk);
  }

  /**
   * A proof for a request. `token`: the access token beside it. `claims` and `header` lie over
   * what is right; undefined omits a member.
   */
  proof(method, url, { nonce, token, claims = {}, header = {} } = {}) {
    const payload = { jti: randomUUID(), htm: method, htu: url, iat: Math.floor(Date.now() / 1000), nonce, ath: token && sha256(token), ...claims };
    const { alg, privateKey } = this.key;
    return jwt(alg, privateKey, payload, { typ: 'dpop+jwt', jwk: this.jwk, ...header });
  }
}
