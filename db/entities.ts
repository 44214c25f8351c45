import { notFound } from '../domain/problem';
import { rows, type Tx } from './connection';
import { maySeeEntity } from './visible';

/** How an entity shows itself in pages and letters. */
export interface Brand {
  readonly name: string;
  /** `#rrggbb`. */
  readonly colour: string;
  readonly postalAddress: string;
  readonly supportEmail: string;
  readonly mailFrom: string;
}

/** A licence: it owns its clients, wallets and accounts, and nothing moves between two of them. */
export interface Entity {
  readonly id: string;
  readonly name: string;
  readonly jurisdiction: string;
  readonly licence: string;
  /** Who licenses it; empty for those that ship. */
  readonly regulator?: string;
  /** Residences that it was made for; the policy `entity.assignment` decides. */
  readonly countries?: readonly string[];
  readonly currencies: readonly string[];
  readonly brand: Brand;
  /** One more with each change by two people. */
  readonly version?: number;
}

const columns = 'id, name, jurisdiction, licence, regulator, countries, currencies, brand, version';

/** Throws `not_found` (404). */
export async function readEntity(tx: Tx, id: string): Promise<Entity> {
  const [row] = await rows<Entity>(tx, `select ${columns} from entity where id = :id`, { id });
  if (!row) throw notFound('entity');
  return row;
}

/** The caller's legal entities; all of them for a public page. */
export async function listEntities(tx: Tx): Promise<Entity[]> {
  const found = await rows<Entity>(tx, `select ${columns} from entity order by id limit 100`);
  return found.filter(({ id }) => maySeeEntity(tx, id));
}

/** Makes an entity known, or brings its licence data and brand up to date; what two people have changed stays. */
export async function saveEntity(tx: Tx, entity: Entity): Promise<void> {
  await rows(
    tx,
    `insert into entity (id, name, jurisdiction, licence, currencies, brand)
     values (:id, :name, :jurisdiction, :licence, :currencies, :brand)
     on conflict (id) do update set name = excluded.name, licence = excluded.licence, currencies = excluded.currencies, brand = excluded.brand
       where entity.version = 1`,
    { ...entity, currencies: [...entity.currencies], brand: JSON.stringify(entity.brand) },
  );
}
