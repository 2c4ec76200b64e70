import { randomBytes } from 'node:crypto';
import { type ServiceName, serviceNames } from '#shared/config/service';

/**
 * `node deploy/k8s/overlays/dev/secrets.ts | kubectl apply -f -`: the Secrets that elsewhere come from the company's store, made up once for a cluster of
 * one's own. Done again it makes others, which the databases' roles follow; the services are restarted then. What an issuer knows is taken from
 * the environment: `ORDERING_CLIENT_SECRET`, and so on.
 */
const made = () => randomBytes(24).toString('base64url');

export interface Secret {
  apiVersion: 'v1';
  kind: 'Secret';
  metadata: { name: string; namespace: string; labels?: Record<string, string> };
  type?: string;
  stringData: Record<string, string>;
}

export function developmentSecrets(env: NodeJS.ProcessEnv): Secret[] {
  return serviceNames.flatMap((name) => {
    const password = made();
    return [
      roleSecret(name, password),
      secret(name, {
        DATABASE_URL: databaseUrl(name, password),
        OIDC_CLIENT_SECRET: env[`${name.toUpperCase()}_CLIENT_SECRET`] ?? made(),
        ...(name === 'billing' && { PAYMENT_PROVIDER_KEY: made(), PAYMENT_WEBHOOK_SECRET: made() }),
        ...(name === 'notification' && { SMTP_URL: env.SMTP_URL ?? 'smtp://mail.identity:1025' }),
      }),
    ];
  });
}

function databaseUrl(service: ServiceName, password: string): string {
  const tls = 'sslmode=verify-full&sslrootcert=/etc/postgres-ca/ca.crt';
  return `postgresql://${service}:${password}@postgres-rw:5432/jangbu_${service}?${tls}`;
}

/** Of the kind that CloudNativePG reads a role's password from, with the label that makes it follow a change. */
function roleSecret(role: ServiceName, password: string): Secret {
  const { metadata, ...rest } = secret(`postgres-${role}`, { username: role, password });
  const labels = { 'cnpg.io/reload': 'true' };
  return { ...rest, type: 'kubernetes.io/basic-auth', metadata: { ...metadata, labels } };
}

function secret(name: string, stringData: Record<string, string>): Secret {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'jangbu' }, stringData };
}

if (import.meta.main)
  process.stdout.write(
    developmentSecrets(process.env)
      .map((each) => JSON.stringify(each))
      .join('\n---\n'),
  );
