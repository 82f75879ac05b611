// SPDX-License-Identifier: Apache-2.0
// Failures that no handler answers, in the form of their route: a page, JSON, or a page that also
// tells a frame that waits.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, refusal, spa } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';

const server = await serve();
const browser = new Browser(server);

test('a page that is not there', async () => {
  const answer = await browser.send('/nowhere');
  answer.isPage(404);
  assert.match(answer.text, /There is nothing here/);
});

for (const [language, title, body] of [
  ['en', 'There is nothing here', 'No page of this server has that address.'],
  ['pt-BR', 'Não há nada aqui', 'Nenhuma página deste servidor tem esse endereço.'],
  ['es', 'Aquí no hay nada', 'Ninguna página de este servidor tiene esa dirección.'],
]) {
  test(`a page that is not there, in ${language}`, async () => {
    const answer = await browser.send('/nowhere', { headers: { 'Accept-Language': language } });
    answer.isPage(404);
    assert.match(answer.text, new RegExp(`<html lang="${language}">`));
    assert.ok(answer.text.includes(`<h1>${title}</h1>\n<p>${body}</p>`), answer.text);
  });
}

test('a program that asks for what is not there gets JSON', async () => {
  const answer = await browser.send('/nowhere', { headers: { Accept: 'application/json' } });
  assert.equal(answer.status, 404);
  assert.equal(answer.response.json.error, 'not_found');
});

test('a method that an endpoint of JSON does not take', async () => {
  const answer = await browser.send('/oauth/token', { method: 'GET' });
  assert.equal(answer.status, 405);
  assert.match(answer.header('allow'), /POST/);
  assert.equal(answer.response.json.error, 'invalid_request');
  assert.match(answer.response.json.error_uri, /\/why\/request_invalid\?id=[\w-]{8,64}$/);
});

test('a frame that waits on /authorize hears of a body that is too large', async () => {
  const form = { ...browser.parameters({ prompt: 'none' }), padding: 'x'.repeat(70_000) };
  const answer = await browser.send('/authorize', { method: 'POST', form });
  assert.equal(answer.status, 413);
});

test('a frame that waits on /authorize hears of a method that is not taken', async () => {
  const query = browser.parameters({ prompt: 'none', response_mode: 'web_message' });
  const answer = await browser.send('/authorize', { method: 'DELETE', query });
  answer.isErrorPage(405, spa.web_origins[0], refusal('invalid_request')).because('request_invalid');
  assert.match(answer.header('allow'), /GET/);
});
