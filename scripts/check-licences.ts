import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Licences that ask for no more than to be named; whoever adds another one decides so here. */
const allowed = new Set(
  'MIT MIT-0 ISC Apache-2.0 BSD BSD-2-Clause BSD-3-Clause 0BSD BlueOak-1.0.0 CC0-1.0 Unlicense Zlib Python-2.0 PSF-2.0'.split(
    ' ',
  ),
);

/** SPDX: of alternatives one must be allowed, of a conjunction all. */
const isAllowed = (expression: string): boolean =>
  expression
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((alternative) => alternative.split(' AND ').every((licence) => allowed.has(licence.trim())));

/** Some old packages name no licence in package.json and only bring its text. */
const fromText = (directory: string): string | undefined => {
  const file = readdirSync(directory).find((name) => /^licen[cs]e/i.test(name));
  const text = file === undefined ? '' : readFileSync(join(directory, file), 'utf8');
  return /Permission is hereby granted, free of charge, to any person obtaining a copy/.test(text)
    ? 'MIT'
    : undefined;
};

const root = join(import.meta.dirname, '..');
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, { readonly license?: string; readonly integrity?: string }>>;
};

const installed = Object.entries(lock.packages).filter(([path]) => path !== '');
const refused = installed.flatMap(([path, { license, integrity }]) => {
  const licence = license ?? fromText(join(root, path)) ?? 'no licence';
  return [
    ...(isAllowed(licence) ? [] : [`${path}: ${licence}`]),
    ...(integrity === undefined ? [`${path}: no integrity in package-lock.json`] : []),
  ];
});

for (const line of refused) console.error(line);
console.log(`${installed.length} packages looked at, ${refused.length} refused`);
process.exitCode = refused.length === 0 && installed.length > 0 ? 0 : 1;
