import { clientPages } from './client-room';
import { linkPages } from './links';
import type { Form, Page } from './page';
import { partnerPages } from './partner-portal';
import { staffPages } from './staff-console/pages';

/** Every page and form. A file adds its own with one line here. */
export const pages: readonly (Page | Form)[] = [
  ...linkPages,
  ...clientPages,
  ...partnerPages,
  ...staffPages,
];
