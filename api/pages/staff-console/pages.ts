import type { Form, Page } from '../page';
import { inboxPages } from './inbox';
import { taskPages } from './task';
import { todayPages } from './today';

/** The staff console. A new page: a file beside this one, a view in `views/staff/`, and its line here. */
export const staffPages: readonly (Page | Form)[] = [...todayPages, ...inboxPages, ...taskPages];
