import { encodeCursor } from '../../api/cursor';
import { newId } from '../../domain/ids';

/** Cursors that some list may have answered, or nobody: where each list goes on after is another kind of text. */
export const foreignCursors: readonly string[] = [
  ...['x', "a'b/%", '1', '9'.repeat(30), '-1', '1e9', newId('client'), 'cy/wallet/x/EUR'],
  ...[
    '2026-01-01',
    '2026-02-31T10:00:00Z',
    '2026-99-99 10:00:00+00',
    '0000-01-01T00:00:00.000000Z',
  ],
]
  .map(encodeCursor)
  .concat('x', '', '9'.repeat(400), 'WzFd');
