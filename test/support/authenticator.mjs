// SPDX-License-Identifier: Apache-2.0
// A security key made of node:crypto: what an authenticator and its browser say (WebAuthn
// Level 3, 6 and 5.8), written without the library that the server verifies with. `lie` changes
// any part of it.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const b64 = (bytes) => Buffer.from(bytes).toString('base64url');
const sha256 = (bytes) => createHash('sha256').update(bytes).digest();
const flag = { present: 1, verified: 4, attested: 64 };

/** Enough of CBOR (RFC 8949): integers, bytes, text and maps given as pairs. */
export function cbor(value) {
  const head = (major, n) => {
    if (n < 24) return Buffer.from([major << 5 | n]);
    if (n < 256) return Buffer.from([major << 5 | 24, n]);
    return Buffer.from([major << 5 | 25, n >> 8, n & 255]);
  };
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  return Buffer.concat([head(5, value.length), ...value.flat().map(cbor)]);
}

const kinds = {
  ES256: {
    alg: -7, digest: 'sha256', make: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    cose: ({ x, y }) => [[1, 2], [3, -7], [-1, 1], [-2, Buffer.from(x, 'base64url')], [-3, Buffer.from(y, 'base64url')]],
  },
  EdDSA: {
    alg: -8, digest: null, make: () => generateKeyPairSync('ed25519'),
    cose: ({ x }) => [[1, 1], [3, -8], [-1, 6], [-2, Buffer.from(x, 'base64url')]],
  },
  RS256: {
    alg: -257, digest: 'sha256', make: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
    cose: ({ n, e }) => [[1, 3], [3, -257], [-1, Buffer.from(n, 'base64url')], [-2, Buffer.from(e, 'base64url')]],
  },
};

export class Authenticator {
  constructor(origin, { kind = 'ES256', verifies = true } = {}) {
    this.origin = origin;
    this.kind = kinds[kind];
    this.pair = this.kind.make();
    this.id = randomBytes(32);
    this.flags = flag.present | (verifies ? flag.verified : 0);
    this.count = 0;
  }

  #clientData(type, challenge, lie) {
    return Buffer.from(JSON.stringify({ type, challenge, origin: this.origin, crossOrigin: false, ...lie.client }));
  }

  #authData(rpId, extra, lie) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(lie.count ?? ++this.count);
    const flags = (lie.flags ?? this.flags) | (extra ? flag.attested : 0);
    return Buffer.concat([sha256(lie.rpId ?? rpId), Buffer.from([flags]), counter, extra ?? Buffer.alloc(0)]);
  }

  #sign(authData, clientData) {
    return sign(this.kind.digest, Buffer.concat([authData, sha256(clientData)]), this.pair.privateKey);
  }

  /** navigator.credentials.create(): a RegistrationResponseJSON as the page sends it. */
  create(options, { format = 'none', discoverable = true, ...lie } = {}) {
    const clientData = this.#clientData(lie.type ?? 'webauthn.create', options.challenge, lie);
    const key = lie.key ?? cbor(this.kind.cose(this.pair.publicKey.export({ format: 'jwk' })));
    const size = Buffer.from([this.id.length >> 8, this.id.length & 255]);
    const authData = this.#authData(options.rp.id, Buffer.concat([Buffer.alloc(16), size, this.id, key]), lie);
    const signature = lie.signature ?? this.#sign(authData, clientData);
    const statement = format === 'packed' ? [['alg', this.kind.alg], ['sig', signature]] : [];
    const attestation = lie.attestation ?? cbor([['fmt', format], ['attStmt', statement], ['authData', authData]]);
    return JSON.stringify({ id: b64(lie.id ?? this.id), type: 'public-key',
      clientExtensionResults: { credProps: { rk: discoverable } },
      response: { clientDataJSON: b64(clientData), attestationObject: b64(attestation) } });
  }

  /** navigator.credentials.get(): an AuthenticationResponseJSON. */
  get(options, lie = {}) {
    const clientData = this.#clientData(lie.type ?? 'webauthn.get', options.challenge, lie);
    const authData = this.#authData(options.rpId, null, lie);
    const signature = lie.signature ?? this.#sign(authData, clientData);
    return JSON.stringify({ id: b64(lie.id ?? this.id), type: 'public-key', clientExtensionResults: {},
      response: { clientDataJSON: b64(clientData), authenticatorData: b64(authData), signature: b64(signature),
        ...(lie.userHandle && { userHandle: b64(lie.userHandle) }) } });
  }
}
