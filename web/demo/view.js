// SPDX-License-Identifier: Apache-2.0
// Puts the state of the app on the page. It decides nothing.
import { here, places } from '/demo/places.js';

const $ = (id) => document.getElementById(id);
const site = (url) => new URL(url).hostname.split('.').slice(-2).join('.');

document.title = `${places[here].name} – tacit demo`;
document.body.dataset.app = here;
$('app-name').textContent = places[here].name;
$('app-host').textContent = new URL(places[here].url).host;
$('my-site').textContent = site(places[here].url);
$('issuer-site').textContent = site(places[here].issuer);

function clock(ms) {
  const seconds = Math.ceil(ms / 1000);
  return `ends in ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function setText(id, text) {
  if ($(id).textContent !== text) $(id).textContent = text;
}

function heading({ session, asking, blocked, ambiguous }, ended) {
  if (session && ended) return `${session.user.name}’s token has ended`;
  if (session) return `${session.user.name} is signed in`;
  if (asking) return 'Asking silently…';
  if (ambiguous) return 'Several accounts are signed in';
  return blocked ? 'Nobody can tell from here' : 'Nobody is signed in';
}

function detail({ session, asking, blocked, ambiguous }) {
  if (session) return `${session.user.email}. ${session.how}`;
  if (asking) return 'In a hidden frame, without a page.';
  if (ambiguous) return 'And this app has used none of them yet: sign in to choose.';
  return blocked ? 'The issuer was asked, but without its cookie.' : 'The issuer was asked silently, and said so.';
}

function showToken({ session, endsAt }, left) {
  $('token').hidden = !session;
  if (!session) return;
  setText('left', left > 0 ? clock(left) : `ended at ${new Date(endsAt).toLocaleTimeString([], { hour12: false })}`);
  $('bar').value = Math.max(0, left / (session.lifetime * 1000));
}

function showButtons({ session, asking, blocked }) {
  $('sign-in').hidden = Boolean(session) || (asking && !blocked);
  $('credentials').hidden = $('sign-in').hidden;
  $('ask').hidden = $('sign-in').hidden;
  // Where cookies are withheld, the redirect is what helps.
  for (const id of ['sign-in', 'renew']) $(id).classList.toggle('quiet', blocked);
  for (const id of ['renew', 'switch', 'sign-out']) $(id).hidden = !session;
}

export function show(state) {
  const left = state.endsAt - Date.now();
  setText('who', heading(state, left <= 0));
  setText('how', detail(state));
  setText('initial', state.session ? state.session.user.name[0] : '');
  setText('notice', state.notice);
  $('notice').hidden = !state.notice;
  $('blocked').hidden = !state.blocked;
  setText('watching', state.blocked ? 'Asking again would have the same answer, so this page has stopped.'
    : 'This page asks every few seconds, so that it notices a log-out elsewhere.');
  showToken(state, left);
  showButtons(state);
}
