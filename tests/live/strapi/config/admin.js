'use strict';

// Nobody but the tests ever sees this server: its secrets are no secrets, and its panel is not built.
module.exports = {
  serveAdminPanel: false,
  auth: { secret: 'live-tests' },
  apiToken: { salt: 'live-tests' },
  transfer: { token: { salt: 'live-tests' } },
  secrets: { encryptionKey: 'live-tests-live-tests-live-tests' },
  flags: { nps: false, promoteEE: false },
};
