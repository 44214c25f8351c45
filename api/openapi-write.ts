import { writeFileSync } from 'node:fs';
import { openApiPath, openApiText } from './openapi-text';

// `npm run openapi`: writes the document that is committed; a test fails when it lags behind.
writeFileSync(openApiPath, openApiText());
process.stdout.write(`${openApiPath}\n`);
