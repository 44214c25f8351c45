import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import express, { type Router } from 'express';
import { inScope } from '../db/connection';
import { readEntity } from '../db/entities';
import { publicScope } from './auth/principal';
import { named } from './mount';
import type { ApiDeps } from './deps';
import { entityId } from './schemas';
import { parsePath } from './input';
import { z } from 'zod';

const own = join(__dirname, 'assets');

/** Files of packages, served from our own origin under names of our own. */
const vendored: Readonly<Record<string, string>> = {
  'htmx.min.js': 'htmx.org/dist/htmx.min.js',
  'tabler.min.css': '@tabler/core/dist/css/tabler.min.css',
  'tabler.rtl.min.css': '@tabler/core/dist/css/tabler.rtl.min.css',
};

/** Style sheets that are one file to a browser and several to a reader: the order is the cascade's. */
const sheets: Readonly<Record<string, readonly string[]>> = {
  'staff.css': ['frame', 'tables', 'decision', 'cases', 'narrow', 'lists', 'policies'].map(
    (part) => `staff/${part}.css`,
  ),
  'room.css': ['frame', 'figures', 'steps', 'pay', 'widths', 'portal'].map(
    (part) => `room/${part}.css`,
  ),
};

const oneDayMs = 24 * 3_600_000;
const oneMinuteMs = 60_000;

/** Static files under /assets; nothing else of the disk can be reached. */
export function mountAssets(router: Router, deps: ApiDeps): void {
  const packages = packagesFolder();
  for (const [name, file] of Object.entries(vendored)) {
    router.get(`/assets/${name}`, named('/assets'), (_request, response) => {
      response.sendFile(file, { root: packages, maxAge: oneDayMs, dotfiles: 'allow' });
    });
  }
  for (const [name, parts] of Object.entries(sheets)) {
    router.get(`/assets/${name}`, named('/assets'), async (_request, response) => {
      const texts = await Promise.all(parts.map((part) => readFile(join(own, part), 'utf8')));
      response.type('css').setHeader('Cache-Control', `public, max-age=${oneMinuteMs / 1000}`);
      response.send(texts.join('\n'));
    });
  }
  router.use(
    '/assets',
    named('/assets'),
    express.static(own, { index: false, maxAge: oneMinuteMs, redirect: false }),
  );
  router.get('/brand/:entity.css', named('/brand'), async (request, response) => {
    const { entity } = parsePath(z.object({ entity: entityId }), request.params);
    const { brand } = await inScope(deps.db, publicScope, (tx) => readEntity(tx, entity));
    // A colour lands in a style sheet: only #rrggbb may.
    const colour = /^#[0-9a-f]{6}$/i.test(brand.colour) ? brand.colour : '#0b6e6e';
    const rgb = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)).join(', ');
    response.type('css').setHeader('Cache-Control', 'public, max-age=300');
    response.send(`:root { --tblr-primary: ${colour}; --tblr-primary-rgb: ${rgb}; }\n`);
  });
}

/** The folder of node_modules, wherever the product is built to. */
function packagesFolder(): string {
  const file = require.resolve('@tabler/core/package.json');
  return file.slice(0, file.lastIndexOf('@tabler'));
}
