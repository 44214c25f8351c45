import { join } from 'node:path';
import { apiVersion } from './app';
import { openApiDocument } from './openapi';
import { routes } from './routes';

export const openApiPath = join(__dirname, '..', 'docs', 'openapi.json');

/** The document as it is committed: two blanks of indentation, a newline at the end. */
export function openApiText(): string {
  return `${JSON.stringify(openApiDocument(routes, apiVersion), undefined, 2)}\n`;
}
