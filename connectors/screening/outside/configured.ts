import { createHash } from 'node:crypto';
import type { OutsideMatcher } from '../../../domain/screening/outside';
import { createWatchman } from './watchman';
import { createYente } from './yente';

/** As the environment says (temporal-config/environment.schema.ts). */
export interface OutsideMatcherSettings {
  readonly KEELSON_YENTE_URL?: string | undefined;
  readonly KEELSON_YENTE_DATASET: string;
  readonly KEELSON_YENTE_ALGORITHM: string;
  readonly KEELSON_YENTE_THRESHOLD: number;
  readonly KEELSON_YENTE_KEY?: string | undefined;
  readonly KEELSON_WATCHMAN_URL?: string | undefined;
  readonly KEELSON_WATCHMAN_THRESHOLD: number;
}

/** The matchers that an installation has beside its own lists: none, one or both. */
export function outsideMatchersOf(settings: OutsideMatcherSettings): readonly OutsideMatcher[] {
  const { KEELSON_YENTE_URL: yente, KEELSON_WATCHMAN_URL: watchman } = settings;
  return [
    ...(yente === undefined
      ? []
      : [
          createYente({
            url: yente,
            dataset: settings.KEELSON_YENTE_DATASET,
            algorithm: settings.KEELSON_YENTE_ALGORITHM,
            threshold: settings.KEELSON_YENTE_THRESHOLD,
            apiKey: settings.KEELSON_YENTE_KEY,
          }),
        ]),
    ...(watchman === undefined
      ? []
      : [createWatchman({ url: watchman, threshold: settings.KEELSON_WATCHMAN_THRESHOLD })]),
  ];
}

/** What the answers of each depend on, hashed: its address, its data and its threshold; never its key. */
export function matcherSetUps(
  settings: OutsideMatcherSettings,
): readonly { readonly name: string; readonly settingsHash: string }[] {
  const setUp = (name: string, parts: readonly (string | number)[]) => ({
    name,
    settingsHash: createHash('sha256').update(JSON.stringify(parts)).digest('hex'),
  });
  const { KEELSON_YENTE_URL: yente, KEELSON_WATCHMAN_URL: watchman } = settings;
  return [
    ...(yente === undefined
      ? []
      : [
          setUp('yente', [
            yente,
            settings.KEELSON_YENTE_DATASET,
            settings.KEELSON_YENTE_ALGORITHM,
            settings.KEELSON_YENTE_THRESHOLD,
          ]),
        ]),
    ...(watchman === undefined
      ? []
      : [setUp('watchman', [watchman, settings.KEELSON_WATCHMAN_THRESHOLD])]),
  ];
}
