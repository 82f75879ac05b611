// SPDX-License-Identifier: Apache-2.0
// A security key made of node:crypto: what an authenticator and its browser say (WebAuthn
// Level 3, 6 and 5.8), written without the library that the server verifies with. `lie` changes
// any part of it.
import { X509Certificate, createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const b64 = (bytes) => Buffer.from(bytes).toString('base64url');
const sha256 = (bytes) => createHash('sha256').update(bytes).digest();
const flag = { present: 1, verified: 4, attested: 64, extensions: 128 };

/** Enough of CBOR (RFC 8949): integers, bytes, text, {list: […]} and maps given as pairs. */
export function cbor(value) {
  const head = (major, n) => {
    if (n < 24) return Buffer.from([major << 5 | n]);
    if (n < 256) return Buffer.from([major << 5 | 24, n]);
    return Buffer.from([major << 5 | 25, n >> 8, n & 255]);
  };
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  if (value.list) return Buffer.concat([head(4, value.list.length), ...value.list.map(cbor)]);
  return Buffer.concat([head(5, value.length), ...value.flat().map(cbor)]);
}

const ecdsa = (alg, digest, namedCurve, crv) => ({
  alg, digest, make: () => generateKeyPairSync('ec', { namedCurve }),
  cose: ({ x, y }) => [[1, 2], [3, alg], [-1, crv], [-2, Buffer.from(x, 'base64url')], [-3, Buffer.from(y, 'base64url')]],
});
const eddsa = (alg, curve, crv) => ({
  alg, digest: null, make: () => generateKeyPairSync(curve),
  cose: ({ x }) => [[1, 1], [3, alg], [-1, crv], [-2, Buffer.from(x, 'base64url')]],
});
const rsa = (modulusLength) => ({
  alg: -257, digest: 'sha256', make: () => generateKeyPairSync('rsa', { modulusLength }),
  cose: ({ n, e }) => [[1, 3], [3, -257], [-1, Buffer.from(n, 'base64url')], [-2, Buffer.from(e, 'base64url')]],
});
const kinds = {
  ES256: ecdsa(-7, 'sha256', 'P-256', 1),
  ES384: ecdsa(-35, 'sha384', 'P-384', 2),
  ES512: ecdsa(-36, 'sha512', 'P-521', 3),
  EdDSA: eddsa(-8, 'ed25519', 6),
  Ed448: eddsa(-53, 'ed448', 7),
  RS256: rsa(2048),
  'RS256, 3072 bits': rsa(3072),
  'RS256, 1024 bits': rsa(1024),
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

  #authData(rpId, attested, lie) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(lie.count ?? ++this.count);
    const extensions = lie.extensions ? cbor(lie.extensions) : Buffer.alloc(0);
    const flags = (lie.flags ?? this.flags) | (attested ? flag.attested : 0) | (lie.extensions ? flag.extensions : 0);
    return Buffer.concat([sha256(lie.rpId ?? rpId), Buffer.from([flags]), counter, attested ?? Buffer.alloc(0), extensions]);
  }

  /** Level 3, 8: what each format signs, with the key of `maker` ({cert, key}, PEM) or its own. */
  #statement(format, authData, clientData, { maker, signature }) {
    if (format === 'none') return [];
    const x5c = maker ? [['x5c', { list: [new X509Certificate(maker.cert).raw] }]] : [];
    if (format === 'fido-u2f') {
      const { x, y } = this.pair.publicKey.export({ format: 'jwk' });
      const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
      const message = Buffer.concat([Buffer.from([0]), authData.subarray(0, 32), sha256(clientData), this.id, point]);
      return [['sig', signature ?? sign('sha256', message, maker.key)], ...x5c];
    }
    const message = Buffer.concat([authData, sha256(clientData)]);
    const own = maker ? sign('sha256', message, maker.key) : this.#sign(authData, clientData);
    return [['alg', maker ? kinds.ES256.alg : this.kind.alg], ['sig', signature ?? own], ...x5c];
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
    const statement = lie.statement ?? this.#statement(format, authData, clientData, lie);
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
