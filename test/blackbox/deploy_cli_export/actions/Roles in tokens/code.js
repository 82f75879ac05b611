// SPDX-License-Identifier: Apache-2.0
/**
 * Who may do what, in both tokens.
 */
exports.onExecutePostLogin = async (event, api) => {
  const roles = event.user.app_metadata.roles || [];
  api.idToken.setCustomClaim("https://example.com/roles", roles);
  api.accessToken.setCustomClaim("https://example.com/roles", roles);
};
