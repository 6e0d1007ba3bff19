'use strict';

// As in the projects that Strapi generates.
module.exports = ({ env }) => ({ rest: { defaultLimit: 25, maxLimit: env.int('MAX_LIMIT', 100), withCount: true } });
