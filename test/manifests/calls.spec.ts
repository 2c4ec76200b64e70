import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { serviceNames } from '#shared/config/service';
import { callGraph, pathOf } from '../../deploy/graph/callGraph.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = globSync('services/**/*.ts', { cwd: root }).filter(
  (file) => !/\.spec\.ts$|\.child\.ts$|\/testing(\/|\.ts$)|^services\/shared\/rpc\//.test(file),
);
const textOf = (file: string) => readFileSync(`${root}/${file}`, 'utf8');

it('services call one another by their lists only', () => {
  const other = sources.filter((file) =>
    /(?<!#)clients\s*\.get\(|\.get\(\w+Service\b|new grpc\.Client\(|makeUnaryRequest/.test(textOf(file)),
  );
  expect(other).toEqual([]);
});

it('every call of a list is made', async () => {
  for (const name of serviceNames) {
    const own = sources
      .filter((file) => file.startsWith(`services/${name}/`))
      .map(textOf)
      .join('\n');
    const unused = (await callGraph())
      .filter(({ from, method }) => from === name && !new RegExp(`[.\\s]${method.localName}\\(`).test(own))
      .map(({ method }) => pathOf(method));
    expect(unused).toEqual([]);
  }
});

it('the graph is what the mesh is built as', async () => {
  const edges = new Set((await callGraph()).map(({ from, to }) => `${from} → ${to}`));
  expect([...edges].sort()).toEqual([
    'billing → rating',
    'mypage → billing',
    'mypage → ordering',
    'notification → billing',
    'notification → settlement',
    'ordering → billing',
    'ordering → rating',
    'rating → billing',
    'rating → rating',
    'settlement → billing',
  ]);
});
