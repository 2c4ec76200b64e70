import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { serviceNames } from '#shared/config/service';
import { callFaults } from './callSettings.ts';
import { type Compose, composeText, interpolated, madeSecrets, parseCompose, together } from './composeFiles.ts';
import { settingFaults } from './settings.ts';

const names = ['compose.yaml', 'compose.observability.yaml', 'compose.identity.yaml'];
const secrets = madeSecrets();
const files = () => names.map((name) => parseCompose(interpolated(composeText(name), secrets).text));
const all = () => together(...files());
const programs = [...serviceNames, 'gateway'];
const folder = new URL('../../deploy/compose/', import.meta.url);

describe('MESH-6 the compose files', () => {
  it('fit the schema of Compose, which refuses what it does not know', () => {
    const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(composeSchema());
    for (const name of names) {
      expect(validate(parseCompose(composeText(name))), JSON.stringify(validate.errors)).toBe(true);
      for (const fault of [
        { enviroment: {} },
        { healthcheck: { retry: 3 } },
        { stop_grace_period: 35 },
        { ports: 8088 },
      ]) {
        const broken = parseCompose(composeText(name));
        Object.assign(broken.services.ordering ?? {}, fault);
        expect(validate(broken), JSON.stringify(fault)).toBe(false);
      }
    }
  });

  it('ask for no secret that secrets.ts does not make, and for all that it makes', () => {
    const asked = new Set(names.flatMap((name) => interpolated(composeText(name), {}).missing));
    expect([...asked].sort()).toEqual(Object.keys(secrets).sort());
    for (const name of names) expect(composeText(name)).not.toMatch(/(PASSWORD|SECRET): +[^\s$]/);
  });

  const rules: [string, (compose: Compose) => string[], ((compose: Compose) => unknown)[]][] = [
    [
      'programs are given what they read, and all that they need',
      settings,
      [
        ({ services }) => Object.assign(services.billing?.environment ?? {}, { LOG_LEVL: 'info' }),
        ({ services }) => delete services.notification?.environment?.SMTP_URL,
        ({ services }) => Object.assign(services.gateway ?? {}, { command: ['gateway/start.ts'] }),
        ({ services }) => delete services.billing?.environment?.RATING_ADDRESS,
        ({ services }) => Object.assign(services.billing?.environment ?? {}, { OIDC_CLIENT_ID: 'biling' }),
      ],
    ],
    [
      'images are exact versions',
      images,
      [
        ({ services }) => Object.assign(services.nats ?? {}, { image: 'nats:latest' }),
        ({ services }) => Object.assign(services.nats ?? {}, { image: 'nats' }),
      ],
    ],
    [
      'what is waited for can be waited for',
      dependencies,
      [
        ({ services }) => delete services.postgres?.healthcheck,
        ({ services }) => delete services.billing?.depends_on?.postgres,
        ({ services }) =>
          Object.assign(services.billing?.depends_on ?? {}, { redis: { condition: 'service_healthy' } }),
      ],
    ],
    [
      'addresses are those of services, at the ports that they listen at',
      addresses,
      [
        ({ services }) => Object.assign(services.gateway?.environment ?? {}, { BILLING_ADDRESS: 'billing:8000' }),
        ({ services }) => Object.assign(services.billing?.environment ?? {}, { NATS_URL: 'nats://broker:4222' }),
      ],
    ],
    [
      'nothing is reached from outside of this machine, and programs have no rights',
      rights,
      [
        ({ services }) => Object.assign(services.gateway ?? {}, { ports: ['8088:8088'] }),
        ({ services }) => delete services.billing?.read_only,
        ({ services }) => delete services.billing?.cap_drop,
      ],
    ],
    [
      'volumes that programs write to belong to their user',
      ownedVolumes,
      [
        ({ services }) =>
          services.billing?.volumes?.push('nats:/data') ??
          Object.assign(services.billing ?? {}, { volumes: ['nats:/data'] }),
      ],
    ],
    ['what is mounted is there', mounts, [({ services }) => services.nats?.volumes?.push('./nats.conf:/nats.conf:ro')]],
  ];

  it.each(rules)('%s', (_, rule, broken) => {
    expect(rule(all())).toEqual([]);
    for (const change of broken) {
      const compose = all();
      change(compose);
      expect(rule(compose), String(change)).not.toEqual([]);
    }
  });

  it('core alone has all that programs are given without observability and identity', () => {
    const [core] = files();
    expect(settings(core as Compose)).toEqual([]);
  });
});

function settings({ services }: Compose): string[] {
  return programs.flatMap((name) => {
    const { command = [], environment = {} } = services[name] ?? {};
    const given = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, String(value ?? '')]));
    return [...settingFaults(command, given), ...callFaults(name, given)];
  });
}

function images({ services }: Compose): string[] {
  return Object.entries(services).flatMap(([name, { image = '' }]) =>
    /:v?\d+\.\d+(\.\d+)?[\w.-]*$/.test(image) ? [] : [`${name}: ${image} is not an exact version`],
  );
}

function dependencies({ services }: Compose): string[] {
  return Object.entries(services).flatMap(([name, { depends_on = {} }]) => {
    const faults = Object.entries(depends_on).flatMap(([other, { condition }]) => {
      if (!services[other]) return [`${name} waits for ${other}, which is not there`];
      const checked = condition !== 'service_healthy' || services[other]?.healthcheck !== undefined;
      return checked ? [] : [`${name} waits for the health of ${other}, which has no check`];
    });
    const needed = serviceNames.some((each) => each === name) ? ['postgres', 'nats'] : [];
    return [
      ...faults,
      ...needed.filter((other) => !depends_on[other]).map((other) => `${name} does not wait for ${other}`),
    ];
  });
}

function addresses({ services }: Compose): string[] {
  const listening: Record<string, string> = {
    postgres: '5432',
    nats: '4222',
    mail: '1025',
    keycloak: '8080',
    'otel-collector': '4318',
  };
  return programs.flatMap((name) =>
    Object.entries(services[name]?.environment ?? {}).flatMap(([key, text]) => {
      const given = key.endsWith('_ADDRESS') ? `grpc://${text}` : String(text ?? '');
      // An issuer's name is the one that people use, and no address here; text messages may go nowhere.
      if (!/_URL$|_ADDRESS$|_ENDPOINT$/.test(key) || given === '' || given.endsWith('.invalid')) return [];
      const { hostname, port } = new URL(given);
      const expected = services[hostname]?.environment?.PORT ?? listening[hostname];
      return services[hostname] && port === expected ? [] : [`${name}: nobody listens at ${key}: ${given}`];
    }),
  );
}

function rights({ services }: Compose): string[] {
  const open = Object.entries(services).flatMap(([name, { ports = [] }]) =>
    ports.filter((port) => !port.startsWith('127.0.0.1:')).map((port) => `${name} is open to everybody: ${port}`),
  );
  const able = programs.filter((name) => {
    const { read_only, cap_drop, security_opt } = services[name] ?? {};
    return !(read_only && cap_drop?.includes('ALL') && security_opt?.includes('no-new-privileges:true'));
  });
  return [...open, ...able.map((name) => `${name} has rights that it does not need`)];
}

/** Docker gives a new volume to whom the folder of the image belongs to that it is mounted over; one that is not there is root's. */
function ownedVolumes({ services }: Compose): string[] {
  const dockerfile = readFileSync(new URL('../docker/Dockerfile', folder), 'utf8');
  const user = /^USER (\d+):(\d+)$/m.exec(dockerfile);
  return programs.flatMap((name) =>
    (services[name]?.volumes ?? []).flatMap((volume) => {
      const [, path = '', mode] = volume.split(':');
      const isMade =
        dockerfile.includes(`RUN mkdir -p /volumes/${basename(path)}\n`) &&
        dockerfile.includes(`COPY --from=build --chown=${user?.[1]}:${user?.[2]} /volumes ${dirname(path)}\n`);
      return mode === 'ro' || isMade ? [] : [`${name} may not write to ${path}`];
    }),
  );
}

/** Folders of the machine and volumes are for it to have, and the dashboards are another part's. */
function mounts({ services, volumes = {} }: Compose): string[] {
  return Object.entries(services).flatMap(([name, service]) =>
    (service.volumes ?? []).flatMap((volume) => {
      const [source = ''] = volume.split(':');
      if (source.startsWith('/')) return [];
      const isThere = source.startsWith('.') ? existsSync(new URL(source, folder)) : source in volumes;
      return isThere ? [] : [`${name}: ${source} is not there`];
    }),
  );
}

/** Without the address of its draft, which it writes in another way than ajv. */
function composeSchema(): object {
  const text = readFileSync(new URL('../fixtures/compose/compose-spec.json', import.meta.url), 'utf8');
  const { $schema: _, ...schema } = JSON.parse(text) as Record<string, unknown>;
  return schema;
}

describe('MESH-6 observability of the compose files', () => {
  it('does not read what the log collector itself prints, which would be about what it reads', () => {
    const { 'log-collector': collector } = all().services;
    expect(collector?.volumes).toContain('/var/lib/docker/containers:/var/lib/docker/containers:ro');
    // Another driver's logs are no *-json.log.
    expect(collector?.logging?.driver).toBe('local');
  });

  it('keeps logs as long as it says and no longer', () => {
    const { limits_config, compactor } = parse(composeText('observability/loki.yaml'));
    expect([limits_config.retention_period, compactor]).toEqual([
      expect.stringMatching(/^\d+h$/),
      expect.objectContaining({ retention_enabled: true, delete_request_store: 'filesystem' }),
    ]);
  });

  it('scrapes every program at the port where its metrics are', () => {
    const { scrape_configs } = parse(composeText('observability/prometheus.yaml')) as {
      scrape_configs: { static_configs: { targets: string[]; labels: { service: string } }[] }[];
    };
    const targets = scrape_configs.flatMap(({ static_configs }) => static_configs);
    expect(targets.map(({ labels }) => labels.service).sort()).toEqual([...programs].sort());
    for (const {
      targets: [target],
      labels,
    } of targets)
      expect(target).toBe(`${labels.service}:${all().services[labels.service]?.environment?.METRICS_PORT}`);
  });
});
