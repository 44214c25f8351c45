import { rows, type Tx } from './connection';
import { appendEvents } from './events';
import { startMatcherRescreening } from './rescreenings';

/** A matcher as this worker asks it: what its answers depend on, hashed. */
export interface MatcherSetUp {
  readonly name: string;
  readonly settingsHash: string;
}

/**
 * Has everybody screened again for each matcher that is new or set up otherwise than before; of several workers that
 * begin together one does. One that was taken away finds nobody, and nothing is looked for. Runs as the system.
 */
export async function noteMatchers(tx: Tx, matchers: readonly MatcherSetUp[]): Promise<string[]> {
  await rows(tx, 'delete from outside_matcher where name <> all (:names)', {
    names: matchers.map(({ name }) => name),
  });
  const changed: string[] = [];
  for (const { name, settingsHash } of matchers) {
    const [row] = await rows(
      tx,
      `insert into outside_matcher as known (name, settings_hash) values (:name, :settingsHash)
       on conflict (name) do update set settings_hash = excluded.settings_hash, seen_at = clock_timestamp()
       where known.settings_hash <> excluded.settings_hash returning name`,
      { name, settingsHash },
    );
    if (!row) continue;
    changed.push(name);
    await appendEvents(tx, [
      {
        subject: `list/${name}`,
        type: 'list.matcher_changed',
        entityId: null,
        payload: { matcher: name, settings: settingsHash },
      },
    ]);
    await startMatcherRescreening(tx, name);
  }
  return changed;
}
