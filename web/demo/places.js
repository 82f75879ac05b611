// SPDX-License-Identifier: Apache-2.0
// Who is who in the demo. A site, to a browser, is the last two words of these names: Notes shares
// one with its issuer, Shop with the tenant's second issuer name, Trips with none.
const at = (host) => `${location.protocol}//${host}${location.port ? `:${location.port}` : ''}/`;

const issuers = { north: at('auth.north.localhost'), south: at('auth.south.localhost') };

export const places = {
  home: { name: 'tacit demo', url: issuers.north, issuer: issuers.north },
  notes: { name: 'Notes', url: at('notes.north.localhost'), issuer: issuers.north },
  shop: { name: 'Shop', url: at('shop.south.localhost'), issuer: issuers.south },
  trips: { name: 'Trips', url: at('trips.east.localhost'), issuer: issuers.north },
};

export const here = Object.keys(places).find((id) => new URL(places[id].url).host === location.host);

/** What silent.js wants to know of a place. */
export function appAt(id) {
  return {
    issuer: places[id].issuer,
    clientId: id,
    redirectUri: places[id].url,
    scope: 'openid profile email',
    audience: 'https://api.example',
  };
}

for (const link of document.querySelectorAll('a[data-place]')) {
  link.href = places[link.dataset.place].url;
  if (link.dataset.place === here) link.setAttribute('aria-current', 'page');
}
