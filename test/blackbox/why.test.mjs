// SPDX-License-Identifier: Apache-2.0
// /why/REASON: every reason, in every language, as the dictionaries have it.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

import { Browser } from '../support/browser.mjs';
import { elements } from '../support/html.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant } from '../support/tenant.mjs';

const root = new URL('../../', import.meta.url);
const languages = ['en', 'pt-BR', 'es'];
const words = Object.fromEntries(languages.map((tag) => [tag,
  JSON.parse(readFileSync(new URL(`web/pages/text/${tag}.json`, root), 'utf8'))]));
const reasons = readdirSync(new URL('docs/errors/', root)).map((name) => name.replace('.md', ''));

const server = await serve();
const browser = new Browser(server);
const texts = ({ text }, name) => elements(text, name).map((one) => one.text);
const plain = (text) => text.replaceAll('`', '').replace(/\s+/g, ' ');
/** As a person reads it: no blank is lost or won where a name begins or ends. */
const paragraphs = ({ text }) => elements(text, 'p').map(({ inner }) => inner.replace(/<[^>]*>/g, '')
  .replaceAll('&#39;', "'").replaceAll('&quot;', '"'));

for (const language of languages) {
  test(`the page of every reason speaks ${language}`, async () => {
    for (const reason of reasons) {
      const answer = await browser.send(`/why/${reason}?ui_locales=${language}`);
      const text = (part) => plain(words[language][`reason.${reason}.${part}`]);
      answer.isPage(200);
      assert.match(answer.text, new RegExp(`<html lang="${language}">`), reason);
      assert.doesNotMatch(answer.text.replace(/<nav.*<\/nav>/s, '').replace(/<html[^>]*>/, ''), / lang=/, reason);
      assert.deepEqual(texts(answer, 'h1'), [text('title')]);
      assert.deepEqual(texts(answer, 'h2'), [words[language]['why.happened'], words[language]['why.remedy']]);
      assert.ok(paragraphs(answer).includes(text('happened')), answer.text);
      assert.ok(paragraphs(answer).includes(text('remedy')), answer.text);
      assert.doesNotMatch(answer.text, /`/);
    }
    assert.ok(reasons.length > 50);
  });

  test(`the browser may ask for ${language}, and for a reason that is none`, async () => {
    const headers = { 'Accept-Language': `fr, ${language};q=0.8` };
    const answer = await browser.send('/why/max_age', { headers });
    assert.deepEqual(texts(answer, 'h1'), [words[language]['reason.max_age.title']]);
    const none = await browser.send('/why/no_such_reason', { headers });
    none.isPage(404);
    assert.deepEqual(texts(none, 'h1'), [words[language]['fault.no_reason.title']]);
    assert.ok(paragraphs(none).includes(words[language]['fault.no_reason.body']));
  });
}

test('a name reads as code', async () => {
  const answer = await browser.send('/why/user_blocked?ui_locales=es');
  assert.match(answer.text, /<code>tacit user update USER blocked=false<\/code>\./);
});

test('what the request met is named as the program names it, and marked as English', async () => {
  const app = new Browser(server);
  const refused = await app.authorize({ prompt: 'none', response_mode: 'query' });
  const uri = new URL(new URL(refused.header('location')).searchParams.get('error_uri'));
  const deadline = Date.now() + 5000;
  for (;;) {
    const answer = await app.send(`${uri.pathname}${uri.search}&ui_locales=pt-BR`);
    const [table] = elements(answer.text, 'table');
    if (table) {
      assert.equal(table.attributes.lang, 'en');
      assert.match(table.text, /route authorize outcome login_required silent true/);
      assert.ok(texts(answer, 'h2').includes(words['pt-BR']['why.trace']));
      return;
    }
    assert.ok(Date.now() < deadline, answer.text);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
});

test('a program is told the same in every language', async () => {
  const headers = { Accept: 'application/json', 'Accept-Language': 'es' };
  const { response } = await browser.send('/why/max_age?id=unknown-unknown', { headers });
  assert.deepEqual(response.json,
    { reason: 'max_age', error: 'login_required', request_id: 'unknown-unknown', setting: 'default_max_age' });
});

test('only languages of the tenant, whose page it is', async (t) => {
  const other = await serve({ test: t, tenant: defaultTenant({ tenant: { enabled_locales: ['es', 'en'], support_email: 'a@b.example' } }) });
  const answer = await new Browser(other).send('/why/max_age?ui_locales=pt-BR');
  assert.match(answer.text, /<html lang="es">/);
  assert.doesNotMatch(answer.text, /pt-BR"/);
  assert.deepEqual(elements(answer.text, 'a').at(-1).attributes.href, 'mailto:a@b.example');
});
