import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A folder of `0001_what.sql` files, applied in the order of their numbers. */
export interface MigrationSet {
  name: string;
  folder: URL;
}

export interface Migration {
  number: number;
  name: string;
  sql: string;
  /**
   * The version before works on the schema that this one leaves, old code reading and writing as it always did. Such a migration says
   * so in its first line, with the reason: `-- Compatible: the new column has a default`. One that says nothing is not.
   */
  compatible: boolean;
}

export async function readMigrations(set: MigrationSet): Promise<Migration[]> {
  const folder = fileURLToPath(set.folder);
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (file) => {
      const number = Number(/^(\d{4})_/.exec(file)?.[1]);
      if (!number) throw new Error(`${file}: a migration's name begins with four digits`);
      const sql = await readFile(`${folder}/${file}`, 'utf8');
      return { number, name: basename(file, '.sql'), sql, compatible: /^-- Compatible: \S/.test(sql) };
    }),
  );
}
