import { type Routes } from '../../http/server';
import { type Psp } from '../psp';
import { type Signer } from '../webhooks';
import { type Announce } from './book';

/** One provider of the simulator: its wire, what it tells, and how it says that it is itself. */
export interface Side {
  routes(routes: Routes, psp: Psp): void;
  readonly announce: Announce;
  sign(psp: Psp): Signer;
  /** What a merchant's connector has to be told to reach it at `url`; webhooks come to `webhookUrl`. */
  settings(psp: Psp, url: string, webhookUrl: string): Readonly<Record<string, string>>;
}
