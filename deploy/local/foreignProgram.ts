import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program that npm does not bring along. */
export interface ForeignProgram {
  name: string;
  /** Where it may be besides PATH. */
  folders: () => string[];
  debianPackage: string;
  /** Where what the package recommends is no part of what is needed. */
  withoutRecommended?: boolean;
  /** How to get it where it cannot be installed from here. */
  advice: string;
}

/** The program's file: as it is there, or installed where that is possible, or an error that says how to get it. */
export function requireProgram(program: ForeignProgram): string {
  const file = find(program) ?? install(program);
  if (file) return file;
  throw new Error(`${program.name} is missing: ${program.advice}`);
}

function find({ name, folders }: ForeignProgram): string | undefined {
  const places = [...(process.env.PATH ?? '').split(delimiter), ...folders()];
  return places.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Only root on Debian and its like can; elsewhere, or without a network, the advice has to do. */
function install(program: ForeignProgram): string | undefined {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined;
  try {
    execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore' });
    const options = ['-y', '-qq', ...(program.withoutRecommended ? ['--no-install-recommends'] : [])];
    execFileSync('apt-get', ['install', ...options, program.debianPackage], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return find(program);
}
