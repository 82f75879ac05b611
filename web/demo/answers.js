// SPDX-License-Identifier: Apache-2.0
// What the issuer answered, in words: the last answer and the list of those before.
const most = 20;
const $ = (id) => document.getElementById(id);

const kinds = {
  load: 'Page loaded',
  watch: 'Watching',
  renewal: 'Renewal',
  question: 'Asked again',
  redirect: 'Asked by redirect',
  'sign-in': 'Signed in by redirect',
};

let latest = null;

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function link(uri, text) {
  const made = element('a', text);
  made.href = uri;
  made.target = '_blank';
  return made;
}

const duration = (ms) => (ms < 10_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 1000)} s`);
const result = (asked) => (asked.ok ? 'ok' : asked.response.error);

/** One sentence on how somebody was found to be signed in. */
export function explain(kind, { ms }) {
  if (kind === 'sign-in') return 'Signed in on the issuer’s page.';
  if (kind === 'redirect') return `Found out by redirect, in ${duration(ms)}: no page, no password.`;
  return `Found out silently, in ${duration(ms)}.`;
}

function showLast(kind, asked) {
  const rows = [['Question', kinds[kind]], ['Result', element('span', result(asked), asked.ok ? 'ok' : 'bad')]];
  if (!asked.ok) rows.push(['Words', asked.response.error_description ?? '']);
  if (asked.reason) rows.push(['Because', link(asked.whyUri, asked.reason)]);
  rows.push(['Took', duration(asked.ms) + (kind === 'sign-in' ? ', typing included' : '')]);
  $('answer').replaceChildren(...rows.flatMap(([term, value]) => {
    const definition = document.createElement('dd');
    definition.append(value);
    return [element('dt', term), definition];
  }));
}

// The same answer to the same question again is one line with a count.
function showInList(kind, asked) {
  const again = latest && kind === 'watch' && latest.kind === kind && latest.said === (asked.reason ?? result(asked));
  latest = again ? { ...latest, count: latest.count + 1 } : { kind, said: asked.reason ?? result(asked), count: 1 };
  const line = document.createElement('li');
  const what = element('span', kinds[kind] + (latest.count > 1 ? ` (${latest.count} times)` : ''), 'what');
  const said = element('span', '', asked.ok ? 'ok' : 'bad');
  said.append(asked.reason ? link(asked.whyUri, asked.reason) : result(asked));
  const when = element('time', new Date().toLocaleTimeString([], { hour12: false }));
  line.append(when, what, said, element('span', duration(asked.ms), 'took'));
  if (again) $('log').firstChild.remove();
  $('log').prepend(line);
  while ($('log').children.length > most) $('log').lastChild.remove();
}

export function remember(kind, asked) {
  showLast(kind, asked);
  showInList(kind, asked);
}
