import type { UserId } from '../core/ids.ts';
import type { ReadModel } from '../projections/read-model.ts';

/** What other answers need of a user; names are joined at read, so that a new one shows everywhere at once. */
export interface Person {
  /** `null` once erased. */
  readonly username: string | null;
  readonly isActive: boolean;
}

export interface PeopleModels {
  readonly users: ReadModel<Person>;
}

export type People = ReadonlyMap<UserId, Person>;

/** Each of them once, in one read. */
export const findPeople = async (models: PeopleModels, ids: Iterable<UserId>): Promise<People> => {
  const wanted = [...new Set(ids)];
  const found = await models.users.getMany(wanted);
  const people = new Map<UserId, Person>();
  for (const [index, id] of wanted.entries()) {
    const person = found[index];
    if (person !== undefined) people.set(id, person.value);
  }
  return people;
};

/** `{"id":…,"username":…}`, or `null` for somebody who was erased. */
export const personJson = (id: UserId, person: Person | undefined): string => {
  const username = person?.username ?? null;
  return username === null ? 'null' : `{"id":"${id}","username":${JSON.stringify(username)}}`;
};
