// SPDX-License-Identifier: Apache-2.0
// A person's authenticator app (RFC 6238: SHA-1, six digits, 30 seconds).
import { createHmac } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function base32(text) {
  const bits = [...text.replace(/[\s=]/g, '').toUpperCase()].map((c) => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('');
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}

/** The code that is shown `steps` half minutes from now. */
export function totp(secret, steps = 0, now = Date.now()) {
  const counter = Buffer.alloc(8);
  counter.writeBigInt64BE(BigInt(Math.floor(now / 30_000) + steps));
  const mac = createHmac('sha1', base32(secret)).update(counter).digest();
  const number = mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** Waits until at least `ms` of the current half minute are left, so that a code stays good. */
export async function awaitFreshStep(ms = 8_000) {
  const left = 30_000 - (Date.now() % 30_000);
  if (left < ms) await new Promise((done) => { setTimeout(done, left + 50); });
}
