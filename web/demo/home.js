// SPDX-License-Identifier: Apache-2.0
// The landing page is a client as well: it looks every few seconds who is signed in.
import { appAt, here, places } from '/demo/places.js';
import { askSilently, redeem } from '/demo/silent.js';

const pause = 3_000;
const app = appAt(here);
const $ = (id) => document.getElementById(id);
let known = null;

function show(name, how) {
  $('who').textContent = name ? `${name} is signed in` : 'Nobody is signed in';
  $('initial').textContent = name ? name[0] : '';
  $('how').textContent = how;
}

async function look() {
  const asked = await askSilently(app, { hint: known?.idToken });
  const ms = Math.round(asked.ms);
  if (asked.ok) {
    known ??= await redeem(app, asked);
    show(known.user.name, `Found out silently, in ${ms} ms.`);
  } else if (asked.response.error === 'login_required') {
    known = null;
    show('', `Asked silently: ${asked.reason}, in ${ms} ms.`);
  } else {
    $('how').textContent = asked.response.error_description;
  }
}

async function watch() {
  if (document.visibilityState === 'visible') {
    await look().catch((error) => { $('how').textContent = error.message; });
  }
  setTimeout(watch, pause);
}

$('issuer').textContent = new URL(places.home.url).host;
watch();
