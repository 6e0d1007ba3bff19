'use strict';

const fs = require('fs');

const BRANDS = ['find', 'update'].map((action) => `api::brand.brand.${action}`);
const MAKERS = ['find', 'update'].map((action) => `api::maker.maker.${action}`);

// A token's key is shown once, when it is made: the tests find it in a file.
const TOKENS = {
  full: { type: 'full-access' },
  least: { type: 'custom', permissions: [...BRANDS, ...MAKERS] },
  reading: { type: 'custom', permissions: BRANDS.slice(0, 1) },
  writing: { type: 'custom', permissions: BRANDS.slice(1) },
  read_only: { type: 'read-only' },
};

const makeTokens = async (strapi) => {
  const keys = {};
  for (const [name, token] of Object.entries(TOKENS)) {
    const made = await strapi.service('admin::api-token').create({ name, description: '', lifespan: null, ...token });
    keys[name] = made.accessKey;
  }
  fs.writeFileSync('tokens.json', JSON.stringify(keys));
};

module.exports = {
  async bootstrap({ strapi }) {
    const locales = strapi.plugin('i18n').service('locales');
    if (!(await locales.findByCode('de'))) await locales.create({ code: 'de', name: 'German' });
    if (!fs.existsSync('tokens.json')) await makeTokens(strapi);
  },
};
