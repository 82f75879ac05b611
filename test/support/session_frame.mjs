// SPDX-License-Identifier: Apache-2.0
// The script of /oidc/check_session, run as a browser would: with these cookies, asked by that
// origin. Resolves to what it answers; undefined when it stays silent.
import { webcrypto } from 'node:crypto';
import vm from 'node:vm';

export async function askFrame(html, { cookie = '', origin, message }) {
  const script = /<script>([\s\S]*)<\/script>/.exec(html)[1];
  const listeners = [];
  const dataset = { cookie: /data-cookie="([^"]*)"/.exec(html)[1] };
  const document = { body: { dataset }, get cookie() { if (cookie === null) throw new Error('withheld'); return cookie; } };
  vm.runInNewContext(script, { document, crypto: webcrypto, TextEncoder, Uint8Array, atob, Promise, addEventListener: (name, f) => listeners.push(f) });
  return new Promise((done) => {
    setTimeout(() => done(undefined), 500);
    const source = { postMessage: (word, target) => { if (target === origin) done(word); } };
    for (const f of listeners) f({ data: message, origin, source });
  });
}
