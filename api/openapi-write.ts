import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiVersion } from './app';
import { openApiDocument } from './openapi';
import { routes } from './routes';

/** `npm run openapi`: writes the document that is committed; a test fails when it lags behind. */
export const openApiPath = join(__dirname, '..', 'docs', 'openapi.json');

export function openApiText(): string {
  return `${JSON.stringify(openApiDocument(routes, apiVersion), undefined, 2)}\n`;
}

if (require.main === module) {
  writeFileSync(openApiPath, openApiText());
  process.stdout.write(`${openApiPath}\n`);
}
