// SPDX-License-Identifier: Apache-2.0
// The tenant that tests begin with: one single-page app, one server-side app, two users. A test
// that needs another takes this one and changes what it is about.

export const spa = {
  name: 'Shop',
  client_id: 'shop',
  app_type: 'spa',
  token_endpoint_auth_method: 'none',
  is_first_party: true,
  callbacks: ['http://app.localhost:9/callback'],
  web_origins: ['http://app.localhost:9'],
  allowed_logout_urls: ['http://app.localhost:9/'],
  grant_types: ['authorization_code', 'implicit', 'refresh_token'],
};

export const webApp = {
  name: 'Back office',
  client_id: 'office',
  client_secret: 'office-secret-of-the-tests-0123456789',
  app_type: 'regular_web',
  token_endpoint_auth_method: 'client_secret_post',
  is_first_party: true,
  callbacks: ['http://office.localhost:9/callback'],
  allowed_logout_urls: ['http://office.localhost:9/'],
  grant_types: ['authorization_code', 'refresh_token'],
};

export const users = [
  { email: 'ana@example.com', email_verified: true, password: 'correct horse ana', given_name: 'Ana' },
  { email: 'ben@example.com', email_verified: true, password: 'correct horse ben', given_name: 'Ben' },
];

/** A fresh copy with `changes` over its top-level members; `tenant` members are merged. */
export function defaultTenant({ tenant, ...changes } = {}) {
  return structuredClone({
    tenant: { friendly_name: 'Tests', ...tenant },
    clients: [spa, webApp],
    resourceServers: [
      { name: 'Orders', identifier: 'https://api.example', scopes: [{ value: 'read:orders' }], token_lifetime: 86400 },
    ],
    users,
    ...changes,
  });
}
