import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TSchema } from '@sinclair/typebox';
import { expect } from 'chai';
import { deriveId, type StreamName } from '../../src/core/ids.ts';
import { eventSchemas } from '../../src/events/all.ts';
import { isPersonalField, type DomainEvent, type EventSchema } from '../../src/events/event-schema.ts';
import { login, startProgram, type RunningProgram } from '../flows/program.ts';
import { openWorld } from '../projections/world.ts';

const at = '2026-01-01T00:00:00.000Z';

/** A value that the schema allows, with `marker` in every text that may hold one. */
const valueOf = (schema: TSchema, marker: string): unknown => {
  const { type, format, pattern } = schema as { type?: string | string[]; format?: string; pattern?: string };
  const kind = Array.isArray(type) ? type[0] : type;
  const choices = (schema['anyOf'] ?? schema['enum']) as readonly unknown[] | undefined;
  if (choices !== undefined) {
    const first = choices[0];
    return typeof first === 'object' ? (first as { const: unknown }).const : first;
  }
  if (kind === 'object') {
    const properties = schema['properties'] as Readonly<Record<string, TSchema>>;
    return Object.fromEntries(
      Object.entries(properties).map(([name, part]) => [name, valueOf(part, marker)]),
    );
  }
  if (kind === 'array') return [valueOf(schema['items'] as TSchema, marker)];
  if (kind === 'integer') return 1;
  if (kind === 'boolean') return true;
  if (format === 'uuid') return deriveId(marker);
  if (format === 'date-time') return at;
  return pattern === undefined ? marker : 'ab'.repeat(32);
};

const markerOf = ({ type, version }: EventSchema, field: string): string =>
  `Marker-${type}-${version}-${field}`;

const eventOf = (schema: EventSchema): DomainEvent => ({
  type: schema.type,
  v: schema.version,
  ...Object.fromEntries(
    Object.entries(schema.fields.properties).map(([field, part]) => [
      field,
      valueOf(part, markerOf(schema, field)),
    ]),
  ),
});

/** All files below a directory as one run of bytes. */
const rawBytes = async (directory: string): Promise<Buffer> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Buffer.concat(await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name)))));
};

/** The ways in which a text could lie open. */
const shapesOf = (text: string): readonly (string | Buffer)[] => [
  text,
  text.toLowerCase(),
  Buffer.from(text, 'utf16le'),
  Buffer.from(text).toString('hex'),
  ...[0, 1, 2].map((shift) =>
    Buffer.from('x'.repeat(shift) + text)
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  ),
];

const expectSealed = (bytes: Buffer, texts: readonly string[]): void => {
  for (const text of texts) {
    for (const shape of shapesOf(text))
      expect(bytes.includes(shape), `${text} as ${String(shape)}`).to.equal(false);
  }
};

describe('personal fields in the log', () => {
  it('lie open in no raw byte, whatever event there is', async () => {
    const world = await openWorld();
    try {
      const personal: string[] = [];
      for (const schema of eventSchemas) {
        const stream = `marker-${schema.type}` as StreamName;
        const [recorded] = await world.append(stream, [eventOf(schema)]);
        for (const [field, part] of Object.entries(schema.fields.properties)) {
          if (!isPersonalField(part)) continue;
          const marker = markerOf(schema, field);
          personal.push(marker);
          expect(JSON.stringify(recorded?.event), 'opened again').to.include(marker);
        }
      }
      const bytes = await rawBytes(join(world.directory, 'log'));
      expect(personal).to.have.length.above(10);
      expect(bytes.includes('marker-PostCreated'), 'the search finds what is there').to.equal(true);
      expectSealed(bytes, personal);
    } finally {
      await world.close();
    }
  });

  describe('of a program that people used', () => {
    let program: RunningProgram;
    const texts = {
      username: 'Wilhelmina.Planted',
      email: 'planted.address@example.org',
      title: 'A planted title',
      content: 'A planted confession',
      description: 'A planted description',
      place: 'Planted-upon-Thames',
      comment: 'A planted remark',
      bio: 'A planted biography',
      agent: 'PlantedBrowser/7',
    };

    beforeEach(async () => {
      program = await startProgram();
    });
    afterEach(() => program.stop());

    it('lie open in no raw byte of the log or of the keys', async () => {
      const { call } = program;
      const password = 'a planted password';
      const { username, email, title, content, description, place, comment, bio, agent } = texts;
      await call('POST /auth/register', { body: { username, email, password } });
      const { access: token } = await login(program, { username, password }, { 'user-agent': agent });
      const post = await call('POST /posts', { token, body: { title, content, description, place } });
      const commented = await call(`POST /posts/${post.json.id}/comments`, {
        token,
        body: { content: comment },
      });
      const changed = await call('PATCH /auth/me', { token, body: { bio } });
      expect([post.status, commented.status, changed.status]).to.deep.equal([201, 201, 200]);
      await program.pause();
      const data = join(program.dataDir, 'data');
      const bytes = Buffer.concat([await rawBytes(join(data, 'log')), await rawBytes(join(data, 'keys'))]);
      expect(bytes.includes(post.json.id as string), 'the search finds what is there').to.equal(true);
      expectSealed(bytes, [...Object.values(texts), password]);
      program = await startProgram({ dataDir: program.dataDir });
    });
  });
});
