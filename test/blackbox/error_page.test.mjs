// SPDX-License-Identifier: Apache-2.0
// What a person reads where no application may be told: whose page it is, and whom to ask.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, spa } from '../support/browser.mjs';
import { elements, unescape } from '../support/html.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant } from '../support/tenant.mjs';

const start = (t, tenant) => serve({ test: t, tenant: defaultTenant({ tenant }) });
const query = (params) => new URLSearchParams(params);

/** Every way to such a page, as an address: with parameters of an application or with none. */
function ways(server) {
  const asked = new Browser(server).parameters();
  return {
    'an unknown client': `/authorize?${query({ ...asked, client_id: 'nobody' })}`,
    'an unknown client, silently': `/authorize?${query({ ...asked, client_id: 'nobody', prompt: 'none' })}`,
    'a callback that is not registered': `/authorize?${query({ ...asked, redirect_uri: 'https://evil.example/' })}`,
    'a sign-in that is over': '/authorize/resume?state=none',
    'a way back from an action that is over': '/continue?state=none.none',
    'a log-out to elsewhere': `/oidc/logout?${query({ post_logout_redirect_uri: 'https://evil.example/' })}`,
    'a log-out by an unknown client': '/oidc/logout?client_id=nobody',
    'a log-out that is over': '/oidc/logout/resume?state=none',
    'a log-out to elsewhere, in the older way': `/v2/logout?${query({ returnTo: 'https://evil.example/' })}`,
    'a page of the sign-in that is over': '/u/login?state=none',
    'an address that is nowhere': '/nowhere',
  };
}

/** What stands in paragraphs, each as a person reads it. */
function paragraphs({ text }) {
  return elements(text, 'p').map(({ inner }) => unescape(inner.replace(/<[^>]*>/g, '')));
}

const site = ({ text }) => elements(text, 'p').filter(({ attributes }) => attributes.class === 'site').map((p) => p.text);
const quoted = ({ text }) => elements(text, 'dd').at(-1).text;

async function each(t, server, look) {
  for (const [name, path] of Object.entries(ways(server))) {
    await t.test(name, async () => {
      const answer = await new Browser(server).send(path);
      assert.ok(answer.status >= 400, `${answer.status}`);
      await look(answer, path);
    });
  }
}

test('the name of the tenant, and whom to write to, with the request to quote', async (t) => {
  const server = await start(t, { support_email: 'help@example.com' });
  await each(t, server, (answer) => {
    assert.deepEqual(site(answer), ['Tests']);
    assert.match(answer.text, /<title>[^<]+ – Tests<\/title>/);
    assert.match(quoted(answer), /^[\w-]{8,64}$/);
    const help = `If you need help, write to help@example.com and quote the request ${quoted(answer)}.`;
    assert.deepEqual(paragraphs(answer).filter((text) => /help/.test(text)), [help]);
  });
});

test('the address can be followed from pages that nobody may frame, and only from those', async (t) => {
  for (const [settings, uri, words] of [
    [{ support_email: 'help@example.com' }, 'mailto:help@example.com', 'write to help@example.com'],
    [{ support_url: 'https://help.example/?a=1&b=2' }, 'https://help.example/?a=1&b=2', 'go to https://help.example/?a=1&b=2'],
  ]) {
    const server = await start(t, settings);
    await each(t, server, (answer, path) => {
      const links = elements(answer.text, 'a').filter(({ attributes }) => attributes.href === uri).map((a) => a.text);
      assert.deepEqual(links, path.startsWith('/authorize?') ? [] : [uri.replace('mailto:', ''), 'Help']);
      assert.ok(paragraphs(answer).includes(`If you need help, ${words} and quote the request ${quoted(answer)}.`), answer.text);
    });
  }
});

test('a page for help stands before an address', async (t) => {
  const server = await start(t, { support_email: 'help@example.com', support_url: 'https://help.example/' });
  await each(t, server, ({ text }) => {
    assert.ok(text.includes('https://help.example/'));
    assert.ok(!text.includes('help@example.com'));
  });
});

test('without these settings there is no sentence, and no empty place for one', async (t) => {
  const server = await start(t, { friendly_name: '' });
  await each(t, server, (answer) => {
    assert.deepEqual(site(answer), []);
    assert.doesNotMatch(answer.text, /If you need help|quote the request|mailto:|<p>\s*<\/p>| – </);
    assert.equal(elements(answer.text, 'p').length, 1, answer.text);
  });
});

test('nothing of a tenant is HTML', async (t) => {
  const evil = '</title><script>alert(1)</script>"\'&';
  const pages = [
    await start(t, { friendly_name: evil, support_email: `${evil}@example.com` }),
    await start(t, { friendly_name: evil, support_url: 'https://help.example/?a=\'&b=c' }),
  ];
  for (const server of pages) {
    await each(t, server, (answer) => {
      assert.ok(!answer.text.includes('alert(1)</script>'), answer.text);
      assert.ok(answer.text.includes('&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;'));
      assert.equal(paragraphs(answer)[0], evil);
    });
  }
});

const languages = {
  en: ['The application is not known here', 'The log-out URL is not registered', 'This page is out of date', 'If you need help, write to a@b.example and quote the request'],
  'pt-BR': ['O aplicativo não é conhecido aqui', 'A URL de logout não está registrada', 'Esta página está desatualizada', 'Se precisar de ajuda, escreva para a@b.example e informe a solicitação'],
  es: ['La aplicación no se conoce aquí', 'La URL de cierre de sesión no está registrada', 'Esta página ha caducado', 'Si necesita ayuda, escriba a a@b.example e indique la solicitud'],
};

test('in the language that is asked for, and what stays English says so', async (t) => {
  const server = await start(t, { support_email: 'a@b.example' });
  const { 'an unknown client': unknown, 'a log-out to elsewhere': elsewhere, 'a sign-in that is over': over } = ways(server);
  for (const [language, [application, logOut, outOfDate, help]] of Object.entries(languages)) {
    const english = language === 'en' ? undefined : 'en';
    for (const [path, title, lang] of [[unknown, application, english], [elsewhere, logOut, english], [over, outOfDate, undefined]]) {
      for (const [how, suffix, headers] of [['ui_locales', `&ui_locales=${language}`], ['Accept-Language', '', { 'Accept-Language': language }]]) {
        await t.test(`${path.slice(0, 20)} ${language} by ${how}`, async () => {
          const answer = await new Browser(server).send(path + suffix, { headers });
          assert.match(answer.text, new RegExp(`<html lang="${language}">`));
          assert.deepEqual(elements(answer.text, 'h1').map((h) => [h.text, h.attributes.lang]), [[title, undefined]]);
          assert.ok(paragraphs(answer).includes(`${help} ${quoted(answer)}.`), answer.text);
          assert.equal(elements(answer.text, 'p').find(({ attributes }) => !attributes.class).attributes.lang, lang);
        });
      }
    }
  }
});

test('only languages of the tenant, and that of a form, too', async (t) => {
  const server = await start(t, { enabled_locales: ['es', 'en'] });
  const browser = new Browser(server);
  const form = { post_logout_redirect_uri: 'https://evil.example/' };
  for (const [asked, shown] of [['pt-BR', 'es'], ['en', 'en']]) {
    const logOut = await browser.send('/oidc/logout', { method: 'POST', form: { ...form, ui_locales: asked } });
    assert.match(logOut.text, new RegExp(`<html lang="${shown}">`), asked);
    const refused = await browser.authorize({ client_id: 'nobody', ui_locales: asked }, { method: 'POST' });
    assert.match(refused.text, new RegExp(`<html lang="${shown}">`), asked);
  }
});

test('a frame that waits is told as before', async (t) => {
  const server = await start(t, { friendly_name: 'A </script> "name"', support_email: 'help@example.com' });
  const answer = await new Browser(server).authorize({ client_id: 'nobody', prompt: 'none', response_mode: 'web_message' }, { frame: true });
  answer.isErrorPage(400, spa.web_origins[0], { error: 'invalid_request', error_description: /./, error_uri: /client_unknown/, state: 'xyz' });
  assert.deepEqual(site(answer), ['A </script> "name"']);
});
