import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { instant, systemChance } from '../../src/core/clock.ts';
import type { StreamName } from '../../src/core/ids.ts';
import { start } from '../../src/core/position.ts';
import { eventSchemas } from '../../src/events/all.ts';
import {
  createCodec,
  isUndecodable,
  type EventCodec,
  type Keyring,
  type SealedEvent,
} from '../../src/events/codec.ts';
import { erased, isPersonalField, type DomainEvent } from '../../src/events/event-schema.ts';
import { upcasts } from '../../src/events/upcasts.ts';
import { goldenFile, goldenKeys, goldenKeysDestroyed } from './golden-keys.ts';

interface Golden extends SealedEvent {
  readonly stream: StreamName;
  /** As the newest version: an upcaster changes this, never the rest of the file. */
  readonly opened: DomainEvent;
}

const read = (file: string): Golden => JSON.parse(readFileSync(file, 'utf8')) as Golden;

const codecWith = (keys: Keyring): EventCodec =>
  createCodec({ schemas: eventSchemas, upcasts, keys, chance: systemChance });
const codec = codecWith(goldenKeys);
const codecWithoutKeys = codecWith(goldenKeysDestroyed);

const openWith = async (by: EventCodec, { opened: _opened, ...sealed }: Golden): Promise<DomainEvent> => {
  const metadata = { commandId: 'c', actor: null, correlationId: 'c', causationId: 'c' };
  const place = { revision: 0, position: start, recordedAt: instant(0), metadata };
  const [event] = await by.open([{ ...sealed, ...place }]);
  if (event === undefined || isUndecodable(event)) throw new Error(event?.undecodable);
  return event.event;
};

describe('Golden events', () => {
  for (const { type, version, fields } of eventSchemas) {
    it(`${type} version ${version} opens as it was written`, async () => {
      const file = goldenFile(type, version);
      expect(existsSync(file), `${file} is missing: node --import=tsx test/events/write-golden.ts`).to.equal(
        true,
      );
      const golden = read(file);
      expect(await openWith(codec, golden)).to.deep.equal(golden.opened);
    });

    const personal = Object.entries(fields.properties)
      .filter(([, field]) => isPersonalField(field))
      .map(([name]) => name);
    if (personal.length > 0) {
      it(`${type} version ${version} opens without its texts once the key is destroyed`, async () => {
        const golden = read(goldenFile(type, version));
        const blanks = Object.fromEntries(personal.map((name) => [name, erased]));
        expect(await openWith(codecWithoutKeys, golden)).to.deep.equal({ ...golden.opened, ...blanks });
        expect(Object.keys(golden.data)).to.not.include.members(personal);
      });
    }
  }

  it('are there for nothing that is not declared any more', () => {
    const declared = eventSchemas.map(({ type, version }) => goldenFile(type, version));
    const there = readdirSync(`${import.meta.dirname}/golden`).map(
      (name) => `${import.meta.dirname}/golden/${name}`,
    );
    expect(declared).to.include.members(there);
  });
});
