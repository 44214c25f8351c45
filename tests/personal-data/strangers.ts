import { pages } from '../../api/pages';
import { operationsOf, type ApiDocument } from './fields';
import type { House } from './house';
import { paramsOf, paramsOfPage, type Ids } from './ids';
import { pathWith, type Visitor } from './visitor';

/** For tests only: what one person is told about a client, from every address that can be read. */
export interface Told {
  /** Markers of the client among the answers: `anna: given name at GET /api/v1/clients/{id}`. */
  readonly told: readonly string[];
  readonly asked: number;
}

/** Whose data they are, and one id of each kind of thing that they have. */
interface Subject {
  readonly alias: string;
  readonly ids: Ids;
}

/** Asks the API with every id that there is of the client. */
export async function askAll(
  house: House,
  document: ApiDocument,
  subject: Subject,
  token: string | undefined,
): Promise<Told> {
  const reads = operationsOf(document).filter(({ method }) => method === 'GET');
  const told: string[] = [];
  for (const operation of reads) {
    const { method, path } = operation;
    const params = paramsOf(operation, subject.ids);
    const { text } = await house.api.send(method, path, { token, params });
    told.push(...toldBy(house, subject, text, `${method} ${path}`));
  }
  return { told, asked: reads.length };
}

/** Opens every page with them. */
export async function openAll(house: House, subject: Subject, visitor: Visitor): Promise<Told> {
  const shown = pages.filter(({ kind }) => kind === 'page');
  const told: string[] = [];
  for (const page of shown) {
    const { text } = await visitor.see(pathWith(page.path, paramsOfPage(page, subject.ids)));
    told.push(...toldBy(house, subject, text, page.path));
  }
  return { told, asked: shown.length };
}

function toldBy({ markers }: House, { alias }: Subject, text: string, place: string): string[] {
  return markers
    .found(text)
    .filter(({ field }) => field.startsWith(`${alias}: `))
    .map(({ field }) => `${field} at ${place}`);
}
