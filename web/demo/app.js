// SPDX-License-Identifier: Apache-2.0
// The app: asks silently when it loads, shows who is signed in and until when, renews before the
// token ends, and keeps asking, so that it notices a log-out elsewhere.
import { appAt, here } from '/demo/places.js';
import { askByRedirect, askSilently, redeem, returned, signOut } from '/demo/silent.js';
import { explain, remember } from '/demo/answers.js';
import { show } from '/demo/view.js';

const pause = 4_000; // between two questions; a real app takes minutes
const early = 20_000; // before the end of a token, the time to renew it

const app = appAt(here);
const $ = (id) => document.getElementById(id);
// The token stays in memory: what a page does not store, nobody finds there.
const state = { place: here, asking: true, session: null, endsAt: 0, blocked: false, ambiguous: false, notice: '' };

function signedIn({ user, idToken, lifetime }, how) {
  Object.assign(state, { session: { user, idToken, lifetime, how }, endsAt: Date.now() + lifetime * 1000, notice: '' });
}

function nobody(why) {
  if (state.session) state.notice = `${state.session.user.name} was signed out somewhere else (${why}).`;
  state.session = null;
}

// Only these say something about the session; a server that is away says nothing.
const refusals = ['login_required', 'consent_required', 'interaction_required', 'account_selection_required',
  'access_denied', 'unauthorized'];

async function take(kind, asked) {
  if (asked.ok && !(kind === 'watch' && state.session)) {
    signedIn(await redeem(app, asked), explain(kind, asked));
  }
  state.ambiguous = asked.reason === 'account_ambiguous';
  if (asked.reason === 'cookies_blocked') state.blocked = true;
  else if (kind !== 'redirect' && kind !== 'sign-in') state.blocked = false;
  if (refusals.includes(asked.response.error) && asked.reason !== 'cookies_blocked') nobody(asked.reason);
}

async function settle(kind, asked) {
  remember(kind, asked);
  await take(kind, asked).catch((error) => { state.notice = error.message; });
  state.asking = false;
  show(state);
}

// One question at a time.
async function ask(kind) {
  if (state.asking) return;
  state.asking = true;
  // A watch asks for the same person: another one signing in is not taken for them.
  await settle(kind, await askSilently(app, { hint: kind === 'watch' ? state.session?.idToken : undefined }));
}

function isDue() {
  return state.session && state.endsAt - Date.now() < early && state.endsAt > Date.now();
}

// While cookies are withheld another question would have the same answer.
async function watch() {
  if (document.visibilityState === 'visible' && !state.blocked) await ask(isDue() ? 'renewal' : 'watch');
  setTimeout(watch, pause);
}

async function start() {
  const answer = returned(app);
  if (answer) {
    await settle(answer.transaction?.silent ? 'redirect' : 'sign-in', answer);
  } else {
    await settle('load', await askSilently(app));
  }
  setTimeout(watch, pause);
}

$('sign-in').onclick = () => askByRedirect(app);
$('switch').onclick = () => askByRedirect(app, { prompt: 'select_account' });
$('redirect').onclick = () => askByRedirect(app, { prompt: 'none' });
$('renew').onclick = () => ask('renewal');
$('ask').onclick = () => ask('question');
$('sign-out').onclick = () => signOut(app);
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible' && !state.blocked) ask('watch');
});
setInterval(() => show(state), 1000);
start();
