import { dayNumber } from '../market/calendar';
import { findSymbol, SYMBOLS } from '../market/symbols';
import { formatMinor } from './amounts';
import type { Route } from './control';
import { hoursBody, marginBody, rolloverBody } from './control.schema';
import { Refusal } from './refusal';

/** What an operator does to trading hours, margins and the end of a day. */
export const marketRoutes: Readonly<Record<string, Route>> = {
  'POST /hours': (body, { exchange }) => {
    const { symbol: name, hours } = hoursBody.parse(body);
    const chosen = name === undefined ? SYMBOLS : [findSymbol(name)];
    const changes = chosen.map((symbol) => {
      if (!symbol) throw new Refusal('not_found');
      return { kind: 'hours' as const, symbol: symbol.name, hours };
    });
    exchange.book.commit(changes);
    return { hours: Object.fromEntries(exchange.book.hours) };
  },
  'POST /margin': (body, { exchange }) => {
    const { symbol: name, rate } = marginBody.parse(body);
    const symbol = findSymbol(name);
    if (!symbol) throw new Refusal('not_found');
    exchange.book.commit([{ kind: 'margin-rate', symbol: symbol.name, rate }]);
    return { margin: Object.fromEntries(exchange.book.marginRates) };
  },
  /** Charges one rollover now, whatever the clock says; on top of those that the clock makes. */
  'POST /rollover': (body, { exchange, now }) => {
    const { day, login } = rolloverBody.parse(body);
    const { book } = exchange;
    const held = login === undefined ? [...book.positions.values()] : book.positionsOf(login);
    const charged = held.map((position) => {
      const swap = exchange.night(position, dayNumber(day), now());
      return { ...position, swapMinor: (position.swapMinor ?? 0n) + swap };
    });
    book.commit(charged.map((position) => ({ kind: 'position', position })));
    return {
      positions: charged.map(({ id, login: holder, swapMinor }) => ({
        position: id,
        login: holder,
        swap: formatMinor(swapMinor),
      })),
    };
  },
};
