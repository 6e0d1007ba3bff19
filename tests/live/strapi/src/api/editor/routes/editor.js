'use strict';

const route = (path, handler) => ({ method: 'POST', path: `/editor/${path}`, handler: `editor.${handler}`, config: { auth: false } });

module.exports = {
  routes: [
    route('seed', 'seed'),
    route('reset', 'reset'),
    route('rows', 'rows'),
    route('picture', 'picture'),
    route('documents/:method', 'documents'),
  ],
};
