// SPDX-License-Identifier: Apache-2.0
// Loaded before every test file (node --import). Node.js 18, which Debian 12 has, keeps the
// Web Crypto API in a module; the client libraries look for it where browsers have it.
import { webcrypto } from 'node:crypto';
import { setDefaultResultOrder } from 'node:dns';

globalThis.crypto ??= webcrypto;
// The servers of tests listen on 127.0.0.1 only, and fetch() there takes the first address.
setDefaultResultOrder('ipv4first');
