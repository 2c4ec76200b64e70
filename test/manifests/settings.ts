import { type Environment, readEnvironment } from '#shared/config/environment';
import { serviceNames } from '#shared/config/service';
import { readConfig as readGateway } from '../../gateway/config.ts';
import { readBillingConfig } from '../../services/billing/config.ts';
import { readConfig as readMypage } from '../../services/mypage/config.ts';
import { readConfig as readNotification } from '../../services/notification/config.ts';
import { readConfig as readOrdering } from '../../services/ordering/config.ts';
import { readRatingConfig } from '../../services/rating/config.ts';
import { readConfig as readSettlement } from '../../services/settlement/config.ts';
import { readMigrationConfig } from '../../services/shared/config/migration.ts';

type Variables = Record<string, string | undefined>;

const reading = (read: (environment: Environment) => unknown) => (variables: Variables) =>
  readEnvironment(variables, read);

/** By the file that a container's arguments name: what it reads its settings with. */
const readers: Record<string, (variables: Variables, args: readonly string[]) => unknown> = {
  'services/ordering/main.ts': readOrdering,
  'services/rating/main.ts': reading(readRatingConfig),
  'services/billing/main.ts': reading(readBillingConfig),
  'services/settlement/main.ts': readSettlement,
  'services/notification/main.ts': readNotification,
  'services/mypage/main.ts': readMypage,
  'gateway/main.ts': (variables) => readGateway(variables),
  'services/shared/runtime/migrateService.ts': (variables, args) =>
    readEnvironment(variables, (environment) => readMigrationConfig(environment, args)),
};

export const programs = Object.keys(readers);
export const servicePrograms = serviceNames.map((name) => `services/${name}/main.ts`);

/** Node's own settings, which no program of ours reads. */
const ofNode = /^NODE_/;

/** What is wrong with the settings that a program would be given: what it does not read, what it misses, what it refuses. */
export function settingFaults(args: readonly string[], given: Record<string, string>): string[] {
  const [program = '', ...rest] = args;
  const reader = readers[program];
  if (!reader) return [`no program has the name ${program}`];
  const { read, faults } = recorded(given, (variables) => reader(variables, rest));
  const references = Object.values(given).join(' ');
  const unread = Object.keys(given).filter((name) => !read.has(name) && !ofNode.test(name));
  return [
    ...faults,
    ...unread.filter((name) => !references.includes(`$(${name})`)).map((name) => `${program} does not read ${name}`),
  ];
}

/** Which variables a reader asks for, and of what it complains. With other values it may ask for others. */
export function recorded(given: Record<string, string>, reader: (variables: Variables) => unknown) {
  const read = new Set<string>();
  const variables = new Proxy<Variables>(given, {
    get(target, name) {
      read.add(String(name));
      return target[String(name)];
    },
  });
  try {
    reader(variables);
    return { read, faults: [] };
  } catch (error) {
    return {
      read,
      faults: String((error as Error).message)
        .split('\n')
        .slice(1)
        .map((line) => line.trim()),
    };
  }
}
