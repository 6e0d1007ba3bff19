'use strict';

module.exports = [
  'strapi::logger', 'strapi::errors', 'strapi::security', 'strapi::cors', 'strapi::query',
  { name: 'strapi::body', config: { jsonLimit: '20mb' } }, 'strapi::favicon', 'strapi::public',
];
