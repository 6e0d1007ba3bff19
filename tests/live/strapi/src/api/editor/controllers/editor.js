'use strict';

// What editors do in the admin panel, as calls: the panel itself talks to the same document service.

const { createId } = require('@paralleldrive/cuid2');

const BRAND = 'api::brand.brand';
const TYPES = [BRAND, 'api::maker.maker'];
const SOME = 200; // SQLite takes so many values in one statement

const chunks = (list) => Array.from({ length: Math.ceil(list.length / SOME) }, (_, n) => list.slice(n * SOME, (n + 1) * SOME));

module.exports = {
  // Publishes many entries at once: the rows that the document service would write.
  async seed(ctx) {
    const now = new Date();
    const rows = ctx.request.body.brands.map((brand) => ({
      ...brand, documentId: createId(), locale: 'en', createdAt: now, updatedAt: now,
    }));
    for (const some of chunks(rows)) {
      await strapi.db.query(BRAND).createMany({ data: some.map((row) => ({ ...row, publishedAt: null })) });
      await strapi.db.query(BRAND).createMany({ data: some.map((row) => ({ ...row, publishedAt: now })) });
    }
    ctx.body = rows.map((row) => row.documentId);
  },

  async reset(ctx) {
    for (const type of [...TYPES, 'plugin::upload.file']) await strapi.db.query(type).deleteMany({});
    ctx.body = {};
  },

  // Every row of the table as it is: drafts and published ones.
  async rows(ctx) {
    ctx.body = await strapi.db.connection('brands').select('*').orderBy(['document_id', 'locale', 'id']);
  },

  // A picture in the media library, without its file.
  async picture(ctx) {
    const { url } = ctx.request.body;
    const data = { name: 'logo.png', hash: createId(), ext: '.png', mime: 'image/png', size: 1, provider: 'local', url };
    ctx.body = { id: (await strapi.db.query('plugin::upload.file').create({ data })).id };
  },

  async documents(ctx) {
    const { type = BRAND, ...params } = ctx.request.body;
    ctx.body = { result: await strapi.documents(type)[ctx.params.method](params) };
  },
};
