// SPDX-License-Identifier: Apache-2.0
// What the documents name is there: every link to a file of ours, and every test by its name.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

const root = new URL('../../', import.meta.url);
const folders = ['blackbox', 'browser', 'interop', 'store', 'unit'].map((name) => `test/${name}/`);
const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', ...readdirSync(new URL('docs/',
  root)).filter((name) => /\.md$/.test(name)).map((name) => `docs/${name}`)];

for (const page of pages) {
  const text = readFileSync(new URL(page, root), 'utf8');

  test(`${page}: its links lead somewhere`, () => {
    for (const [, to] of text.replace(/```.*?```/gs, '').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (!/^[a-z]+:/.test(to)) assert.ok(existsSync(new URL(to, new URL(page, root))), to);
    }
  });

  test(`${page}: the tests that it names are there`, () => {
    for (const [, name] of text.matchAll(/`((?:test\/[\w/]+\/)?[a-z\d_]+\.test\.mjs|(?:test\/[\w/]+\/)?test_[a-z\d_]+\.c)`/g)) {
      const there = name.startsWith('test/') ? [name] : folders.map((folder) => folder + name);
      assert.ok(there.some((path) => existsSync(new URL(path, root))), name);
    }
  });
}
