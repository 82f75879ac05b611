// SPDX-License-Identifier: Apache-2.0
// What the documents name is there: every link to a file of ours, and every test by its name.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

import { run } from '../support/server.mjs';

const root = new URL('../../', import.meta.url);
const folders = ['blackbox', 'browser', 'interop', 'store', 'unit'].map((name) => `test/${name}/`);
const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', ...readdirSync(new URL('docs/',
  root)).filter((name) => /\.md$/.test(name)).map((name) => `docs/${name}`)];

const reasons = readdirSync(new URL('docs/errors/', root)).map((name) => `docs/errors/${name}`);
const { stdout: help } = await run(['help']);
const commands = new Map([...help.matchAll(/^ {2}(\S+(?: [a-z][\w-]*)?) {1,}/gm)].map(([, name]) => [name, undefined]));

/** `tacit user update USER --x`: is there such a command, and does it take these options? */
async function check(words) {
  const name = [`${words[1]} ${words[2]}`, words[1]].find((one) => commands.has(one));
  assert.ok(name, `there is no command: ${words.join(' ')}`);
  if (!commands.get(name)) commands.set(name, (await run([...name.split(' '), '--help'])).stdout);
  for (const option of words.filter((word) => /^--[a-z]/.test(word))) {
    assert.match(commands.get(name), new RegExp(`${option}(?![\\w-])`), words.join(' '));
  }
}

test('every command and option that a document names is there', async () => {
  assert.ok(commands.has('user update') && commands.has('serve'), help);
  let count = 0;
  for (const page of [...pages, ...reasons]) {
    const text = readFileSync(new URL(page, root), 'utf8');
    const blocks = [...text.matchAll(/```sh\n(.*?)```/gs), ...text.matchAll(/((?:^ {4}.*\n)+)/gm)].map(([, block]) => block).join('');
    const said = [...text.matchAll(/`(?:build\/)?(tacit [a-z][^`]*)`/g), ...blocks.matchAll(/^ *(?:build\/)?(tacit [a-z]+ [^#\n]*)/gm)];
    for (const [, line] of said) {
      const words = line.trim().split(/\s+/);
      if (words[1] === 'ready' || words[1] === 'help') continue;
      await check(words);
      count++;
    }
  }
  assert.ok(count > 50, `${count}`);
});

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
