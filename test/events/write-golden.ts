/** Writes golden files for versions that have none: `node --import=tsx test/events/write-golden.ts`. Never rewrites one. */
import { existsSync, writeFileSync } from 'node:fs';
import type { TSchema } from '@sinclair/typebox';
import { systemChance } from '../../src/core/clock.ts';
import { deriveId, streamName, type CommandId } from '../../src/core/ids.ts';
import { eventSchemas } from '../../src/events/all.ts';
import { createCodec } from '../../src/events/codec.ts';
import type { DomainEvent } from '../../src/events/event-schema.ts';
import { upcasts } from '../../src/events/upcasts.ts';
import { goldenFile, goldenKeys } from './golden-keys.ts';

/** A value that the schema allows, telling its field's name where it can. */
const sample = (name: string, schema: TSchema): unknown => {
  if (schema['const'] !== undefined) return schema['const'] as unknown;
  if (Array.isArray(schema['enum'])) return schema['enum'][0] as unknown;
  if (Array.isArray(schema['anyOf'])) return sample(name, (schema['anyOf'] as TSchema[])[0]!);
  switch ([schema['type']].flat()[0]) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema['properties'] as Record<string, TSchema>).map(([key, field]) => [
          key,
          sample(key, field),
        ]),
      );
    case 'array':
      return [
        sample(`${name}-1`, schema['items'] as TSchema),
        sample(`${name}-2`, schema['items'] as TSchema),
      ];
    case 'integer':
      return 3;
    case 'boolean':
      return true;
    default:
      if (schema['format'] === 'uuid') return deriveId('golden', name);
      if (schema['format'] === 'date-time') return '2026-11-21T12:34:56.789Z';
      return schema['pattern'] === undefined ? `the ${name} · имя 🔑` : 'a1'.repeat(32);
  }
};

const codec = createCodec({ schemas: eventSchemas, upcasts, keys: goldenKeys, chance: systemChance });
for (const { type, version, fields } of eventSchemas) {
  const file = goldenFile(type, version);
  if (existsSync(file)) continue;
  const event = { type, v: version, ...(sample(type, fields) as object) } as DomainEvent;
  const stream = streamName('golden', deriveId('golden', type));
  const [sealed] = await codec.seal([event], stream, deriveId<CommandId>('golden', type, String(version)));
  writeFileSync(file, `${JSON.stringify({ stream, ...sealed, opened: event }, undefined, 2)}\n`);
}
