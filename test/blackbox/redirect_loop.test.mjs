// SPDX-License-Identifier: Apache-2.0
// An application that goes round in circles with the browser is stopped by a page, and nobody else is.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, spa } from '../support/browser.mjs';
import { elements, unescape } from '../support/html.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant } from '../support/tenant.mjs';

const limit = 3;
const notes = { ...spa, name: 'Notes', client_id: 'notes' };
const start = (t, tenant) => serve({ test: t, tenant: defaultTenant({ tenant, clients: [spa, notes] }) });
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

// What a browser says of a request that a script of a page made: nobody pressed anything.
const byScript = { 'Sec-Fetch-User': undefined };

async function signedIn(server) {
  const browser = new Browser(server);
  await browser.signIn('ana');
  return browser;
}

const goesOn = (answer) => answer.redirectsTo(spa.callbacks[0], { code: /./, state: 'xyz' });

/** Trips that can be told apart; the last one's answer, when all before were let through. */
async function goRound(browser, trips, { params = {}, ...options } = {}) {
  let answer;
  for (let i = 0; i < trips; i++) {
    if (answer) goesOn(answer);
    await pause(i > 0 ? 550 : 0);
    answer = await browser.authorize(params, { headers: byScript, ...options });
  }
  return answer;
}

test('one trip too many is answered by a page, which leads on', async (t) => {
  const server = await start(t, { redirect_loop_limit: limit });
  const browser = await signedIn(server);
  const page = (await goRound(browser, limit + 1)).isPage(400);
  assert.match(page.text, /<h1>The application goes round in circles<\/h1>/);
  assert.match(page.text, /You are signed in, but the application does not notice/);
  const [{ attributes: link }] = elements(page.text, 'a').filter(({ text }) => text === 'Continue');
  const [{ attributes: why }] = elements(page.text, 'a').filter(({ text }) => text === 'redirect_loop');

  const reason = await browser.send(unescape(why.href), { headers: { Accept: 'application/json' } });
  assert.deepEqual({ ...reason.response.json, request_id: '' },
    { reason: 'redirect_loop', error: 'invalid_request', request_id: '', setting: 'redirect_loop_limit' });
  goesOn(await browser.send(unescape(link.href), { headers: { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Dest': 'document',
    'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-User': '?1' } }));

  // The count begins anew, and what happened is in the log.
  (await goRound(browser, limit + 1)).isPage(400);
  await pause(1100);
  const events = JSON.parse((await server.command('log', '--type', 'f', '--json')).stdout);
  assert.deepEqual(events.map(({ reason: word, client_id: client }) => [word, client]),
    [['redirect_loop', 'shop'], ['redirect_loop', 'shop']]);
});

test('the page is in the language that the application asks for', async (t) => {
  const browser = await signedIn(await start(t, { redirect_loop_limit: 1 }));
  const page = (await goRound(browser, 2, { params: { ui_locales: 'pt-BR' } })).isPage(400);
  assert.match(page.text, /<html lang="pt-BR">.*<h1>O aplicativo anda em círculos<\/h1>/s);
});

test('a message that a popup waits for is a trip like others', async (t) => {
  const browser = await signedIn(await start(t, { redirect_loop_limit: 1 }));
  const asked = { params: { response_mode: 'web_message' } };
  (await browser.authorize(asked.params, { headers: byScript })).postsMessage(spa.web_origins[0], { code: /./, state: 'xyz' });
  await pause(550);
  (await browser.authorize(asked.params, { headers: byScript })).isPage(400);
});

test('who is not in a loop is not stopped', async (t) => {
  const server = await start(t, { redirect_loop_limit: limit });
  const often = limit + 2;
  const frame = { 'Sec-Fetch-Dest': 'iframe' };
  const never = {
    'a person who presses a button': { headers: {} },
    'a person who types an address': { headers: { ...byScript, 'Sec-Fetch-Site': 'none' } },
    'a program, or a browser that says nothing': { headers: { ...byScript, 'Sec-Fetch-Site': undefined, 'Sec-Fetch-Dest': undefined } },
    'a frame': { headers: { ...byScript, ...frame } },
    'an app that asks silently': { params: { prompt: 'none' } },
  };
  for (const [who, how] of Object.entries(never)) {
    await t.test(who, async () => { goesOn(await goRound(await signedIn(server), often, how)); });
  }
  await t.test('tabs that are opened again at once', async () => {
    const browser = await signedIn(server);
    const tabs = await Promise.all(Array.from({ length: 20 }, () => browser.authorize({}, { headers: byScript })));
    tabs.forEach(goesOn);
  });
  await t.test('two applications, and two browsers', async () => {
    const ana = await signedIn(server);
    const others = [ana, new Browser(server, { client: notes, jar: ana.jar }), await signedIn(server)];
    for (let i = 0; i < limit; i++) {
      for (const one of others) goesOn(await one.authorize({}, { headers: byScript }));
      await pause(550);
    }
  });
});

test('0 lets an application go round for ever; --no-limits does, too', async (t) => {
  goesOn(await goRound(await signedIn(await start(t, { redirect_loop_limit: 0 })), 4));
  const server = await serve({ test: t, tenant: defaultTenant({ tenant: { redirect_loop_limit: 1 } }), args: ['--no-limits'] });
  goesOn(await goRound(await signedIn(server), 3));
});
