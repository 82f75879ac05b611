// SPDX-License-Identifier: Apache-2.0
// Loaded before every test file (node --import). Node.js 18, which Debian 12 has, keeps the
// Web Crypto API in a module; the client libraries look for it where browsers have it.
import { webcrypto } from 'node:crypto';

globalThis.crypto ??= webcrypto;
